"""Reading the published copy from Python: every table by its name, all of one snapshot."""

from collections.abc import Collection
from pathlib import Path

import duckdb

from delivery.publishing.database import read_files
from delivery.publishing.snapshots import LATEST, PREFIX, PUBLISHED_DATABASE, snapshots
from warehouse.connection import WarehouseError, connect
from warehouse.sql import ident
from warehouse.tables import relations


def open_published(folder: Path, wait_seconds: float = 5.0) -> duckdb.DuckDBPyConnection:
    """Open the newest snapshot of a published copy for reading; close it soon, for it is kept as long.

    `folder` may also be a copy of its `latest/`. Tables that stand beside the DuckDB file are there by name as well.
    What is published later is seen by whoever opens again. Raises WarehouseError where there is none.
    """
    while True:
        snapshot = newest(folder)
        if not (snapshot / PUBLISHED_DATABASE).exists() and newest(folder) == snapshot:
            raise WarehouseError(f"Nothing is published in {folder}: run `make night` first.")
        try:
            con = connect(snapshot / PUBLISHED_DATABASE, True, wait_seconds)
        except WarehouseError:
            if newest(folder) == snapshot:
                raise
            continue  # it went while later ones came
        for name, files in _beside(snapshot, relations(con)).items():
            con.execute(f"create temp view {ident(name)} as select * from {read_files(files)}")
        return con


def newest(folder: Path) -> Path:
    """The folder of the newest snapshot, which no later publication changes."""
    latest = folder / LATEST
    if latest.is_symlink() and latest.is_dir():
        return latest.resolve()
    return next(reversed(snapshots(folder)), folder)  # some ways to copy leave links out


def _beside(snapshot: Path, known: Collection[str]) -> dict[str, list[Path]]:
    """The folders of Parquet that are no tables `known` to the DuckDB file, each with its files."""
    folders = [path for path in sorted(snapshot.iterdir()) if path.is_dir() and f"main.{path.name}" not in known]
    return {
        folder.name: files
        for folder in folders
        if not folder.name.startswith(PREFIX) and (files := sorted(folder.glob("*.parquet")))
    }
