"""The tables of schema `raw` on Spark: create them, remove what a killed landing left, insert rows."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.feeds import Column, Feed, Kind
from settings import Paths
from warehouse.spark.lake import LakeTable, ensure_schema, lake_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KINDS = {Kind.TIME: "timestamp_ntz", Kind.TEXT: "string", Kind.NUMBER: "double", Kind.FLAG: "boolean"}
REJECTED = "feed string, file string, line bigint, reason string, row_text string, _file_id int"
LANDED_FILES = (
    "_file_id int, feed string, file string, sha256 string, bytes bigint, rows bigint, rejected bigint, "
    "duplicates bigint, first_datetime timestamp_ntz, last_datetime timestamp_ntz, first_available_at timestamp_ntz, "
    "last_available_at timestamp_ntz, landed_at timestamp_ntz"
)
HELD = {"held": "bigint", "held_first": "timestamp_ntz", "held_last": "timestamp_ntz"}
SAID = {"severity": "string", "what": "string", "what_one": "string"}
FINDINGS = (
    "feed string, file string, kind string, column_name string, occurrences bigint, example string, cure string, "
    "severity string, what string, what_one string, _file_id int"
)
REFUSED_FILES = "feed string, file string, reason string"
BESIDE = {"rejected": ("line",), "findings": ("kind", "column_name")}  # what stands beside the feeds, and its order
STAGED = "landing_staged"


def ensure_raw_tables(session: "SparkSession", paths: Paths, feeds: Iterable[Feed]) -> dict[str, LakeTable]:
    """Create the missing tables of schema `raw` under the lake; a new sensor becomes a new column, none is dropped.

    Returns the tables by name.
    """
    ensure_schema(session, paths.lake, "raw")
    present = lake_tables(session, "raw")
    changed = [_ensure_beside(session, present)]
    changed += [_ensure_feed(session, feed, present.get(feed.name)) for feed in feeds]
    return lake_tables(session, "raw") if any(changed) else present


def _ensure_beside(session: "SparkSession", present: dict[str, LakeTable]) -> bool:
    """Whether anything had to be done for the tables beside the feeds."""
    entries, findings = present.get("landed_files"), present.get("findings")
    tables = {*BESIDE, "refused_files"} <= present.keys()
    if tables and entries and {*HELD} <= entries.columns.keys() and findings and {*SAID} <= findings.columns.keys():
        return False
    for name, columns in (("rejected", REJECTED), ("findings", FINDINGS)):
        session.sql(f"create table if not exists raw.{name} ({columns}) using parquet partitioned by (_file_id)")
    session.sql(f"create table if not exists raw.landed_files ({LANDED_FILES}) using parquet")
    session.sql(f"create table if not exists raw.refused_files ({REFUSED_FILES}) using parquet")
    known = lake_tables(session, "raw")
    for table, later in (("landed_files", HELD), ("findings", SAID)):  # made by an earlier version
        if new := ", ".join(f"{name} {kind}" for name, kind in later.items() if name not in known[table].columns):
            session.sql(f"alter table raw.{table} add columns ({new})")
    return True


def _ensure_feed(session: "SparkSession", feed: Feed, table: LakeTable | None) -> bool:
    """Create or extend the feed's table; whether anything had to be done."""
    if table is None:
        day, by = (", day date", "day, _file_id") if feed.timed else ("", "_file_id")
        columns = f"{_columns(feed.columns)}{day}, _file_id int"
        session.sql(f"create table if not exists raw.{feed.name} ({columns}) using parquet partitioned by ({by})")
        return True
    present = {name.lower() for name in table.columns}
    new = [column for column in feed.columns if column.name.lower() not in present]
    if new:
        session.sql(f"alter table raw.{feed.name} add columns ({_columns(new)})")
    return bool(new)


def _columns(columns: Iterable[Column]) -> str:
    return ", ".join(f"{quoted(column.name)} {KINDS[column.kind]}" for column in columns)


def sweep(session: "SparkSession", table: LakeTable, last: int) -> None:
    """Remove the rows of files after `last`, and the staging folders of killed jobs.

    A partition's folder is written before its entry in the catalogue and removed after it, so that every leftover
    has a folder.
    """
    for leftover in (*table.location.glob(".spark-staging-*"), *table.location.glob("_temporary")):
        shutil.rmtree(leftover, ignore_errors=True)
    pattern = "/".join(f"{name}=*" for name in table.partitions)
    stale = [folder for folder in table.location.glob(pattern) if file_id_of(folder) > last]
    if not stale:
        return
    for file_id in sorted({file_id_of(folder) for folder in stale}):
        session.sql(f"alter table raw.{table.name} drop if exists partition (_file_id = {file_id})")
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent != table.location:
            with suppress(OSError):  # a day that other files have too
                folder.parent.rmdir()
    session.sql(f"refresh table raw.{table.name}")


def file_id_of(folder: Path) -> int:
    """The _file_id of a partition's folder."""
    return int(folder.name.partition("=")[2])


def insert(session: "SparkSession", table: LakeTable, staged: Path, order: Iterable[str] = ()) -> None:
    """Insert the rows of the Parquet file `staged` into `table`, one file for each partition, sorted by `order`.

    The partitions are replaced, so that an earlier attempt that still writes on a cluster leaves the same rows.
    """
    frame = session.read.parquet(str(staged))
    present = set(frame.columns)
    columns = [
        quoted(name) if name in present else f"cast(null as {kind}) as {quoted(name)}"
        for name, kind in table.columns.items()
    ]
    frame.createOrReplaceTempView(STAGED)
    query = f"select {', '.join(columns)} from {STAGED}"
    if not table.partitions:
        session.sql(f"insert overwrite table raw.{table.name} {query}")
    else:
        by, within = ", ".join(table.partitions), ", ".join([*table.partitions, *map(quoted, order)])
        query += f" distribute by {table.partitions[0]} sort by {within}"
        session.sql(f"insert overwrite table raw.{table.name} partition ({by}) {query}")
    session.catalog.dropTempView(STAGED)


def quoted(name: str) -> str:
    """A column's name as Spark's SQL quotes it."""
    return "`" + name.replace("`", "``") + "`"
