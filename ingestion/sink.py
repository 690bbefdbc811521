"""Where landed rows go: what landing needs of an engine, and the sink of the DuckDB warehouse."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from ingestion.feeds import Feed
from ingestion.landed_files import keep_refusals
from ingestion.raw_schema import ensure_tables
from ingestion.summary import LandedFile, Refusal
from warehouse.connection import Connection, WarehouseError, connect

Feeds = dict[str, Feed]

LANDING_MEMORY = "3GB"  # of DuckDB while a file lands, however long it is: what sorting needs beyond that goes to disk


class Sink(Protocol):
    """What an engine offers to a landing: a DuckDB database to check files in, and tables to store their rows in."""

    @property
    def landing_db(self) -> Connection:
        """Where files are read, checked and first stored; its schema raw has the tables of `ensure_tables`."""
        ...

    def earlier_rows(self, feed: Feed, file_id: int) -> str:
        """A relation, in SQL of `landing_db`, with every row of earlier files that the file `file_id` may repeat."""
        ...

    def add(self, file: LandedFile) -> None:
        """Take over a file that is complete in `landing_db`; it may be stored for good only in `finish`."""

    def keep_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Make raw.refused_files say just these."""

    def finish(self) -> Connection:
        """Store what `add` has left; returns a connection whose schema raw shows every file that has ever landed."""
        ...


OpenSink = Callable[[Feeds], AbstractContextManager[Sink]]


class WarehouseSink:
    """The DuckDB warehouse: files are checked in it, and stored for good by the same transaction."""

    def __init__(self, landing_db: Connection) -> None:
        self.landing_db = landing_db

    def earlier_rows(self, feed: Feed, file_id: int) -> str:
        """The feed's own table."""
        return f"raw.{feed.name}"

    def add(self, file: LandedFile) -> None:
        """Nothing: the file is in the warehouse already."""

    def keep_refusals(self, refusals: Sequence[Refusal]) -> None:
        """In the warehouse."""
        keep_refusals(self.landing_db, refusals)

    def finish(self) -> Connection:
        """The warehouse itself."""
        return self.landing_db


@contextmanager
def warehouse_sink(warehouse: Path, feeds: Feeds, wait_seconds: float) -> Iterator[Sink]:
    """The warehouse, open for writing and with its raw tables made, until the block ends.

    Raises WarehouseBusy, and WarehouseError also for the warehouse of a workspace on Spark.
    """
    con = connect(warehouse, wait_seconds=wait_seconds)
    try:
        con.execute(f"set memory_limit = '{LANDING_MEMORY}'")
        if con.execute("select 1 from duckdb_views() where schema_name = 'raw'").fetchone():
            raise WarehouseError(
                f"The tables behind {warehouse} are Spark's: set [engine] target (or NIGHTSHIFT_TARGET) to the target "
                "that made them, or name another NIGHTSHIFT_HOME for DuckDB and land the raw files there."
            )
        ensure_tables(con, feeds)
        yield WarehouseSink(con)
    finally:
        con.close()
