"""The published copy as one snapshot of it, open for reading alone and with no way out of its folder.

A database in memory shows the tables of the snapshot's file under their names, and under those that the pages' SQL has
for them. The file's lock keeps the snapshot from being pruned; it goes with the last cursor of the last request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from delivery.publishing.database import read_files
from delivery.publishing.reading import newest, tables_beside
from delivery.publishing.snapshots import PUBLISHED_DATABASE
from warehouse.connection import THREADS
from warehouse.sql import ident, literal

# What the pages read (`delivery.pages.machine.assemble`), made of what is published.
AS_PAGES_READ = {
    "nightly_answers": "select * from predictions qualify row_number() over "
    "(partition by machine_id, as_of order by scored_at desc, model_version desc) = 1",
    "stg_machines": "select * from machines",
    "stg_errors": "select * from errors",
    "stg_replacements": "select * from replacements",
}
# A copy that was published before these tables were.
BEFORE = {
    "machines": "select null::varchar as machine_id, null::varchar as model, null::double as age limit 0",
    "errors": "select null::varchar as machine_id, null::timestamp as event_at, null::varchar as error_code, "
    "null::timestamp as available_at limit 0",
    "replacements": "select null::varchar as machine_id, null::timestamp as event_at, null::varchar as component, "
    "null::timestamp as available_at limit 0",
    "outages": "select null::varchar as machine_id, null::varchar as component, null::timestamp as failed_at, "
    "null::timestamp as known_at limit 0",
}
TableRow = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A snapshot that is open. `tables`: those that are published, each with its columns."""

    snapshot: Path
    con: duckdb.DuckDBPyConnection
    tables: Mapping[str, frozenset[str]]

    def has(self, table: str) -> bool:
        """Whether the table is published: some are made by the first training only."""
        return table in self.tables

    def rows(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[TableRow]:
        """The rows of a query, whose `values` are bound and never part of its text."""
        with self.con.cursor() as cursor:
            found = cursor.execute(sql, values or None)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def frame(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> pd.DataFrame:
        """The same as a frame."""
        with self.con.cursor() as cursor:
            return cursor.execute(sql, values or None).df()


def newest_snapshot(folder: Path) -> Path | None:
    """The folder of the snapshot that readers open from now on; None before the first night.

    Raises FileNotFoundError for one that lacks its database, as a copy does that is still being made.
    """
    snapshot = newest(folder)
    if snapshot == folder:
        return None
    if not (snapshot / PUBLISHED_DATABASE).exists():
        raise FileNotFoundError(f"{snapshot} has no {PUBLISHED_DATABASE} yet")
    return snapshot


def open_published(snapshot: Path) -> Published:
    """Open a snapshot. Raises duckdb.Error where it is gone by now, or cannot be read."""
    con = duckdb.connect()
    con.execute(f"set threads = {THREADS}")
    con.execute("set enable_progress_bar = false")
    con.execute(f"attach {literal(snapshot / PUBLISHED_DATABASE)} as published (read_only)")
    names = con.execute(
        "select table_name from information_schema.tables where table_catalog = 'published' and table_schema = 'main'"
    ).fetchall()
    relations = {str(name): f"published.main.{ident(str(name))}" for (name,) in names}
    beside = {name: read_files(files) for name, files in tables_beside(snapshot).items()}
    tables = {name: _shown(con, name, relation) for name, relation in (beside | relations).items()}
    for name, empty in BEFORE.items():
        if name not in tables:
            con.execute(f"create view {name} as {empty}")
    if "predictions" in tables:
        for name, sql in AS_PAGES_READ.items():
            con.execute(f"create view {name} as {sql}")
    con.execute(f"set allowed_directories = [{literal(f'{snapshot.parent.absolute()}/')}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return Published(snapshot, con, tables)


def _shown(con: duckdb.DuckDBPyConnection, name: str, relation: str) -> frozenset[str]:
    """Show a relation under a name; returns its columns."""
    con.execute(f"create view {ident(name)} as select * from {relation}")
    return frozenset(str(row[0]) for row in con.execute(f"describe {ident(name)}").fetchall())
