"""Landing into Spark's tables: files are checked in a temporary DuckDB file, and several are inserted together."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.feeds import Feed
from ingestion.landed_files import keep_refusals
from ingestion.raw_schema import REFUSED, ensure_entries, ensure_meanings, ensure_tables
from ingestion.run import Progress, land_on
from ingestion.sink import LANDING_MEMORY, Feeds, Sink
from ingestion.spark.raw_tables import BESIDE, ensure_raw_tables, file_id_of, insert, sweep
from ingestion.summary import LandedFile, LandingSummary, Refusal
from ingestion.troubles import troubles_reported
from settings import Settings
from warehouse.connection import Connection, WarehouseError, connect, open_warehouse, transaction
from warehouse.spark.duckdb_views import refresh_views, refuse_duckdb_tables
from warehouse.spark.lake import LakeTable
from warehouse.spark.session import spark_session
from warehouse.sql import idents, literal

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

FLUSH_ROWS = 5_000_000  # files are inserted together once they have this many rows; a larger one by itself


def land_on_spark(settings: Settings, on_progress: Progress | None = None) -> LandingSummary:
    """`ingestion.land` for a workspace on Spark. Raises as that, and WarehouseError where Spark cannot be used.

    A file has landed once it has a row in raw.landed_files of the warehouse file; Spark's table of that name is a copy.
    """
    with troubles_reported(settings.paths.home):
        return land_on(lambda feeds: spark_sink(settings, feeds), settings.paths.drops, settings.fleet, on_progress)


@contextmanager
def spark_sink(settings: Settings, feeds: Feeds) -> Iterator[Sink]:
    """A sink into Spark's tables, which first are made to hold just the files that have landed.

    One landing at a time: the lock of the temporary DuckDB file is held to the end. Raises WarehouseBusy, and
    WarehouseError where Spark cannot be used or its tables hold files that the warehouse does not know.
    """
    path = settings.paths.home / ".landing.duckdb"
    with connect(path, wait_seconds=settings.workspace.warehouse.wait_seconds) as landing_db:
        try:
            landing_db.execute(f"set memory_limit = '{LANDING_MEMORY}'")
            landing_db.execute("drop schema if exists raw cascade")
            ensure_tables(landing_db, feeds)
            with spark_session(settings) as session, ExitStack() as opened:
                sink = SparkSink(settings, session, landing_db, feeds, opened)
                sink.recover()
                yield sink
        finally:
            path.unlink()


class SparkSink:
    """Rows wait in `landing_db` until they are flushed: staged as Parquet, inserted by Spark, recorded as landed."""

    def __init__(
        self, settings: Settings, session: "SparkSession", landing_db: Connection, feeds: Feeds, opened: ExitStack
    ) -> None:
        self.landing_db, self._settings, self._session = landing_db, settings, session
        self._feeds, self._opened = feeds, opened
        self._staging = settings.paths.lake / ".landing"
        self._tables: dict[str, LakeTable] = {}
        self._pending: list[LandedFile] = []

    def recover(self) -> None:
        """Make Spark's raw tables, and remove from them what a killed landing inserted and did not enter."""
        landed = self._landed_files()
        self._tables = ensure_raw_tables(self._session, self._settings.paths, self._feeds.values())
        entered = self._entered_on_spark()
        if entered > landed:
            raise WarehouseError(
                f"Spark's tables hold {entered} landed files and {self._settings.paths.warehouse} knows of {landed}: "
                "bring that file back, or remove lake/ and metastore/ beside it and land everything again."
            )
        for name in (*self._feeds, *BESIDE):
            sweep(self._session, self._tables[name], landed)
        shutil.rmtree(self._staging, ignore_errors=True)
        if entered != landed:
            self._copy_entries()

    def earlier_rows(self, feed: Feed, file_id: int) -> str:
        """The rows not flushed yet, and the lake's rows of the days that the file touches."""
        days = None
        if feed.timed:
            touched = f"select distinct datetime::date from raw.{feed.name} where _file_id = ? order by all"
            days = [row[0] for row in self.landing_db.execute(touched, [file_id]).fetchall()]
        table, names = self._tables[feed.name], (*feed.names, "_file_id")
        columns, files = idents(names), table.files(days)
        here = f"select {columns} from raw.{feed.name}"
        return f"({here} union all {table.relation(self.landing_db, names, files)})" if files else f"({here})"

    def add(self, file: LandedFile) -> None:
        """Take the file over; from FLUSH_ROWS waiting rows on, all are inserted."""
        self._pending.append(file)
        if sum(file.rows + file.rejected for file in self._pending) >= FLUSH_ROWS:
            self._flush()

    def keep_refusals(self, refusals: Sequence[Refusal]) -> None:
        """On Spark, where there is something to say, or to take back."""
        table = self._tables[REFUSED]
        before = table.relation(self.landing_db, ["file"])
        if refusals or self.landing_db.execute(f"select 1 from ({before}) limit 1").fetchone():
            keep_refusals(self.landing_db, refusals)
            file = self._stage(f"select * from raw.{REFUSED}", REFUSED)
            insert(self._session, table, file)
            file.unlink()

    def finish(self) -> Connection:
        """Insert the rest, refresh the views, and return the warehouse file opened for reading."""
        self._flush()
        refresh_views(self._settings, self._session)
        return self._opened.enter_context(open_warehouse(self._settings, read_only=True))

    def _flush(self) -> None:
        if not self._pending:
            return
        ids = [file.file_id for file in self._pending]
        names = {file.feed for file in self._pending if file.rows}
        if any(file.rejected for file in self._pending):
            names.add("rejected")
        if any(file.findings for file in self._pending):
            names.add("findings")
        for name in sorted(names):
            self._insert(name, ids)
        self._enter(ids)
        self._copy_entries()
        for name in (*self._feeds, *BESIDE):
            self.landing_db.execute(f"truncate raw.{name}")
        self._pending = []

    def _insert(self, name: str, ids: list[int]) -> None:
        table, feed = self._tables[name], self._feeds.get(name)
        day = "datetime::date as day, " if feed and feed.timed else ""
        file = self._stage(f"select {day}* from raw.{name}", name)
        insert(self._session, table, file, feed.identity if feed else BESIDE[name])
        file.unlink()
        files = [path for path in table.files() if file_id_of(path.parent) in ids]
        written = table.relation(self.landing_db, ["_file_id"], files)
        [(there,)] = self.landing_db.execute(f"select count(*) from ({written})").fetchall()
        [(handed,)] = self.landing_db.execute(f"select count(*) from raw.{name}").fetchall()
        if there != handed:
            raise WarehouseError(
                f"Spark was handed {handed:,} rows for raw.{name} and {table.location} holds {there:,} of them: see "
                "that this computer and Spark's workers see the same folder, and land again; nothing has been entered."
            )

    def _stage(self, query: str, name: str) -> Path:
        self._staging.mkdir(parents=True, exist_ok=True)
        file = self._staging / f"{name}.parquet"
        self.landing_db.execute(f"copy ({query}) to {literal(file)} (format parquet)")
        return file

    def _enter(self, ids: list[int]) -> None:
        """Commit: from here on the files have landed."""
        new = f"where _file_id >= {ids[0]}"
        with open_warehouse(self._settings) as con, transaction(con):
            _copy_meanings(self.landing_db, con, new)
            _add_entries(con, self.landing_db.sql(f"select * from raw.landed_files {new}").to_arrow_table())

    def _landed_files(self) -> int:
        """Copy the warehouse's entries into `landing_db`; returns the last file's number, 0 before the first."""
        with open_warehouse(self._settings) as con:
            refuse_duckdb_tables(con, self._settings)
            ensure_entries(con)
            _add_entries(self.landing_db, con.sql("select * from raw.landed_files").to_arrow_table())
            _copy_meanings(con, self.landing_db)
        return _last(self.landing_db, "raw.landed_files")

    def _entered_on_spark(self) -> int:
        return _last(self.landing_db, f"({self._tables['landed_files'].relation(self.landing_db, ['_file_id'])})")

    def _copy_entries(self) -> None:
        file = self._stage("select * from raw.landed_files", "landed_files")
        insert(self._session, self._tables["landed_files"], file)
        file.unlink()


def _copy_meanings(source: Connection, target: Connection, where: str = "") -> None:
    """By which mapping files were read; nothing where there has never been one."""
    if not source.execute("select 1 from duckdb_tables() where table_name = 'mapped_files'").fetchone():
        return
    ensure_meanings(source)
    ensure_meanings(target)
    rows = source.execute(f"select _file_id, meaning, left_out from raw.mapped_files {where}").fetchall()
    if rows:
        target.executemany("insert into raw.mapped_files values (?, ?, ?)", rows)


def _add_entries(con: Connection, entries: "pa.Table") -> None:
    con.register("new_entries", entries)
    con.execute("insert into raw.landed_files select * from new_entries")
    con.unregister("new_entries")


def _last(con: Connection, entries: str) -> int:
    [(last,)] = con.execute(f"select coalesce(max(_file_id), 0) from {entries}").fetchall()
    return int(last)
