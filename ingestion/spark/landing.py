"""Landing into Spark's tables: files are checked at a desk, a DuckDB file for the moment, and put away together."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.feeds import Feed
from ingestion.run import Progress, land_on
from ingestion.sink import Feeds, Shelf
from ingestion.spark.raw_tables import BESIDE, ensure_raw_tables, file_id_of, insert, sweep
from ingestion.store import ensure_entries, ensure_tables
from ingestion.summary import LandedFile, LandingSummary
from ingestion.troubles import troubles_said
from settings import Settings
from warehouse.connection import Connection, WarehouseError, connect, open_warehouse
from warehouse.spark.duckdb_views import refresh_window, refuse_duckdb_tables
from warehouse.spark.lake import LakeTable
from warehouse.spark.session import spark_session
from warehouse.sql import idents, literal

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

DESK_ROWS = 5_000_000  # put away from so many rows on; a larger file by itself
DESK_MEMORY = "3GB"  # beside Spark's own


def land_on_spark(settings: Settings, on_progress: Progress | None = None) -> LandingSummary:
    """`ingestion.land` for a workspace on Spark. Raises as that, and WarehouseError where Spark cannot be had.

    A file has landed once it stands in raw.landed_files of the warehouse file, which Spark's own copies.
    """
    with troubles_said(settings.paths.home):
        return land_on(lambda feeds: spark_shelf(settings, feeds), settings.paths.drops, settings.fleet, on_progress)


@contextmanager
def spark_shelf(settings: Settings, feeds: Feeds) -> Iterator[Shelf]:
    """One landing at a time: the desk's lock is held to the end. What an earlier one left undone is swept first."""
    path = settings.paths.home / ".landing.duckdb"
    with connect(path, wait_seconds=settings.workspace.warehouse.wait_seconds) as desk:
        try:
            desk.execute(f"set memory_limit = '{DESK_MEMORY}'")
            desk.execute("drop schema if exists raw cascade")
            ensure_tables(desk, feeds)
            with spark_session(settings) as session, ExitStack() as opened:
                shelf = SparkShelf(settings, session, desk, feeds, opened)
                shelf.take_up()
                yield shelf
        finally:
            path.unlink()


class SparkShelf:
    """Rows lie on the desk until they are put away: staged as Parquet, inserted by Spark, entered, in this order."""

    def __init__(
        self, settings: Settings, session: "SparkSession", desk: Connection, feeds: Feeds, opened: ExitStack
    ) -> None:
        self.desk, self._settings, self._session, self._feeds, self._opened = desk, settings, session, feeds, opened
        self._staging = settings.paths.lake / ".landing"
        self._tables: dict[str, LakeTable] = {}
        self._pending: list[LandedFile] = []

    def take_up(self) -> None:
        """Make the tables, and let them hold just the files that have landed."""
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

    def earlier(self, feed: Feed, file_id: int) -> str:
        """What is still on the desk, and the lake's rows of the days that the file touches."""
        days = None
        if feed.timed:
            touched = f"select distinct datetime::date from raw.{feed.name} where _file_id = ? order by all"
            days = [row[0] for row in self.desk.execute(touched, [file_id]).fetchall()]
        table, names = self._tables[feed.name], (*feed.names, "_file_id")
        columns, files = idents(names), table.files(days)
        here = f"select {columns} from raw.{feed.name}"
        return f"({here} union all {table.relation(self.desk, names, files)})" if files else f"({here})"

    def keep(self, file: LandedFile) -> None:
        self._pending.append(file)
        if sum(file.rows + file.rejected for file in self._pending) >= DESK_ROWS:
            self._put_away()

    def all_kept(self) -> Connection:
        self._put_away()
        refresh_window(self._settings, self._session)
        return self._opened.enter_context(open_warehouse(self._settings, read_only=True))

    def _put_away(self) -> None:
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
            self.desk.execute(f"truncate raw.{name}")
        self._pending = []

    def _insert(self, name: str, ids: list[int]) -> None:
        table, feed = self._tables[name], self._feeds.get(name)
        day = "datetime::date as day, " if feed and feed.timed else ""
        file = self._stage(f"select {day}* from raw.{name}", name)
        insert(self._session, table, file, feed.identity if feed else BESIDE[name])
        file.unlink()
        files = [path for path in table.files() if file_id_of(path.parent) in ids]
        written = table.relation(self.desk, ["_file_id"], files)
        [(there,)] = self.desk.execute(f"select count(*) from ({written})").fetchall()
        [(handed,)] = self.desk.execute(f"select count(*) from raw.{name}").fetchall()
        if there != handed:
            raise WarehouseError(
                f"Spark was handed {handed:,} rows for raw.{name} and {table.location} holds {there:,} of them: see "
                "that this computer and Spark's workers see the same folder, and land again; nothing has been entered."
            )

    def _stage(self, query: str, name: str) -> Path:
        self._staging.mkdir(parents=True, exist_ok=True)
        file = self._staging / f"{name}.parquet"
        self.desk.execute(f"copy ({query}) to {literal(file)} (format parquet)")
        return file

    def _enter(self, ids: list[int]) -> None:
        """The moment from which the files have landed."""
        new = self.desk.sql(f"select * from raw.landed_files where _file_id >= {ids[0]}").to_arrow_table()
        with open_warehouse(self._settings) as con:
            _add_entries(con, new)

    def _landed_files(self) -> int:
        """Bring the warehouse's entries to the desk; returns the last file's number, 0 before the first."""
        with open_warehouse(self._settings) as con:
            refuse_duckdb_tables(con, self._settings)
            ensure_entries(con)
            _add_entries(self.desk, con.sql("select * from raw.landed_files").to_arrow_table())
        return _last(self.desk, "raw.landed_files")

    def _entered_on_spark(self) -> int:
        return _last(self.desk, f"({self._tables['landed_files'].relation(self.desk, ['_file_id'])})")

    def _copy_entries(self) -> None:
        file = self._stage("select * from raw.landed_files", "landed_files")
        insert(self._session, self._tables["landed_files"], file)
        file.unlink()


def _add_entries(con: Connection, entries: "pa.Table") -> None:
    con.register("new_entries", entries)
    con.execute("insert into raw.landed_files select * from new_entries")
    con.unregister("new_entries")


def _last(con: Connection, entries: str) -> int:
    [(last,)] = con.execute(f"select coalesce(max(_file_id), 0) from {entries}").fetchall()
    return int(last)
