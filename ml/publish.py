"""What readers open: Parquet copies and a small DuckDB file of views over them, swapped in atomically.

The working warehouse takes one process at a time. Readers never touch it: they open `published/nightshift.duckdb`,
whose views point into one folder of files that no later publication changes. An open reader keeps its own.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from data.warehouse import literal

DATABASE = "nightshift.duckdb"
PREFIX = "snapshot_"


def publish(con: duckdb.DuckDBPyConnection, folder: Path, tables: dict[str, str], keep: int = 3) -> list[str]:
    """Publish `tables` (published name -> relation in the warehouse) into `folder`; returns the names published.

    The last `keep` snapshots stay, so that whoever still reads one is not disturbed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = folder / f"{PREFIX}{_next_number(folder):08d}"
    staging = snapshot.with_name(f".{snapshot.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    for name, relation in tables.items():
        con.execute(f"copy (select * from {relation}) to {literal(staging / f'{name}.parquet')} (format parquet)")
    staging.rename(snapshot)
    _swap_database(folder, snapshot, list(tables))
    _prune(folder, keep)
    return list(tables)


def _swap_database(folder: Path, snapshot: Path, names: Sequence[str]) -> None:
    partial = folder / f".{DATABASE}.partial"
    partial.unlink(missing_ok=True)
    with duckdb.connect(str(partial)) as views:
        for name in names:
            file = literal((snapshot / f"{name}.parquet").absolute())
            views.execute(f'create view "{name}" as select * from read_parquet({file})')
    partial.replace(folder / DATABASE)


def _next_number(folder: Path) -> int:
    numbers = [int(path.name.removeprefix(PREFIX)) for path in folder.glob(f"{PREFIX}*")]
    return max(numbers, default=0) + 1


def _prune(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob(f"{PREFIX}*"))[:-keep]:
        shutil.rmtree(old)
