"""The published DuckDB file: the tables themselves, so that it answers the same wherever it stands."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse.connection import THREADS
from warehouse.sql import ident, literal

# DuckDB writes files for its own version and later ones unless told otherwise; all from 1.0 on read these.
STORAGE_VERSION = "v1.0.0"


def write_database(database: Path, tables: Mapping[str, Sequence[Path]]) -> None:
    """Write a DuckDB file of `tables`, each made from its Parquet files; closed and flushed before it returns.

    It holds what those files hold, with their types, and names no path.
    """
    with duckdb.connect() as con:
        con.execute(f"set threads = {THREADS}")
        con.execute("set enable_progress_bar = false")
        con.execute(f"set temp_directory = {literal(database.with_suffix('.tmp'))}")  # else below the caller's folder
        con.execute(f"attach {literal(database)} as published (storage_version '{STORAGE_VERSION}')")
        for name, files in tables.items():
            con.execute(f"create table published.{ident(name)} as select * from {read_files(files)}")
        con.execute("detach published")


def read_files(files: Sequence[Path]) -> str:
    """Parquet files of one table as a relation in DuckDB's SQL; a folder's name is no column of theirs."""
    return f"read_parquet([{', '.join(map(literal, files))}], hive_partitioning = false)"
