"""Where landed rows are kept: what landing asks of an engine, and the DuckDB warehouse's answer."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from ingestion.feeds import Feed
from ingestion.store import ensure_tables
from ingestion.summary import LandedFile
from warehouse.connection import Connection, WarehouseError, connect

Feeds = dict[str, Feed]


class Shelf(Protocol):
    """Files are read, checked and stored at the `desk`, whose schema raw has the tables of `ensure_tables`."""

    @property
    def desk(self) -> Connection: ...

    def earlier(self, feed: Feed, file_id: int) -> str:
        """The relation, in SQL at the desk, that holds every row of files before `file_id` that the file may repeat."""
        ...

    def keep(self, file: LandedFile) -> None:
        """Told of each file that lies on the desk whole."""

    def all_kept(self) -> Connection:
        """Once all files of a landing are kept: a connection whose schema raw shows them and all before them."""
        ...


OpenShelf = Callable[[Feeds], AbstractContextManager[Shelf]]


class WarehouseShelf:
    """The desk is the warehouse: what has been stored is kept."""

    def __init__(self, desk: Connection) -> None:
        self.desk = desk

    def earlier(self, feed: Feed, file_id: int) -> str:
        return f"raw.{feed.name}"

    def keep(self, file: LandedFile) -> None:
        pass

    def all_kept(self) -> Connection:
        return self.desk


@contextmanager
def warehouse_shelf(warehouse: Path, feeds: Feeds, wait_seconds: float) -> Iterator[Shelf]:
    """Raises WarehouseBusy, and WarehouseError also for the warehouse of a workspace on Spark."""
    con = connect(warehouse, wait_seconds=wait_seconds)
    try:
        if con.execute("select 1 from duckdb_views() where schema_name = 'raw'").fetchone():
            raise WarehouseError(
                f"The tables behind {warehouse} are Spark's: set [engine] target (or NIGHTSHIFT_TARGET) to the target "
                "that made them, or name another NIGHTSHIFT_HOME for DuckDB and land the raw files there."
            )
        ensure_tables(con, feeds)
        yield WarehouseShelf(con)
    finally:
        con.close()
