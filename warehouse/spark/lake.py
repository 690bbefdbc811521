"""Spark's tables as files: what the catalogue knows of each, and its Parquet files as a relation for DuckDB."""

import glob
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from settings import Paths
from warehouse.connection import Connection, WarehouseError
from warehouse.sql import ident, literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Partition columns that only locate a row and are no content of the table.
HELPERS = ("day", "batch")
TYPES = {
    "string": "VARCHAR", "timestamp_ntz": "TIMESTAMP", "timestamp": "TIMESTAMP WITH TIME ZONE", "date": "DATE",
    "double": "DOUBLE", "float": "FLOAT", "byte": "TINYINT", "short": "SMALLINT", "integer": "INTEGER",
    "long": "BIGINT", "boolean": "BOOLEAN", "binary": "BLOB",
}  # fmt: skip
UNFINISHED = ("_temporary", ".spark-staging-*")
_COLUMN = re.compile(r"^ \|-- (?P<name>.+): (?P<kind>[a-z_]+(?:\([\d,]+\))?) \(nullable = \w+\)$", re.MULTILINE)


@dataclass(frozen=True)
class LakeTable:
    """One Parquet table. `columns` (name to Spark's type) stand in Spark's order and end with `partitions`."""

    schema: str
    name: str
    location: Path
    columns: dict[str, str]
    partitions: tuple[str, ...]

    def files(self, days: Sequence[date] | None = None) -> list[Path]:
        """The table's complete Parquet files, sorted; with `days`, only those of these partitions."""
        if days is None:
            return sorted(self.location.glob(self._pattern))
        folders = [self.location / f"day={day}" for day in days]
        return [path for folder in folders for path in sorted(folder.glob(self._pattern.partition("/")[2]))]

    def relation(self, con: Connection, names: Sequence[str], files: Sequence[Path] | None = None) -> str:
        """DuckDB SQL that selects the columns `names` in DuckDB's types, NULL where the files lack one.

        It reads `files`, or whatever files the table has when it is run. Looks at the files' schema through `con`.
        """
        kinds = {name: self._kind(name) for name in names}
        if not (files if files is not None else self.files()):
            nothing = ", ".join(f"null::{kind} as {ident(name)}" for name, kind in kinds.items())
            return f"select {nothing} where false"
        everything = f"{glob.escape(str(self.location))}/{self._pattern}"
        source = self._read([glob.escape(str(path)) for path in files or []] or [everything])
        present = {row[0] for row in con.execute(f"describe select * from {source}").fetchall()}
        columns = [ident(name) if name in present else f"null::{kinds[name]} as {ident(name)}" for name in names]
        return f"select {', '.join(columns)} from {source}"

    @property
    def _pattern(self) -> str:
        return "/".join([*(f"{name}=*" for name in self.partitions), "*.parquet"])

    def _kind(self, name: str) -> str:
        kind = self.columns[name]
        return TYPES.get(kind) or kind.upper()  # decimal(38,0) is spelled alike in both

    def _read(self, paths: Sequence[str]) -> str:
        listed = ", ".join(literal(Path(path)) for path in paths)
        # Tables of these schemas gain columns, which older files lack; reading the schema of every file is slow.
        by_name = str(self.schema in ("raw", "ml")).lower()
        kinds = ", ".join(f"{ident(name)}: {self._kind(name)}" for name in self.partitions)
        hive = f"hive_partitioning = true, hive_types = {{{kinds}}}" if kinds else "hive_partitioning = false"
        return f"read_parquet([{listed}], union_by_name = {by_name}, {hive})"


def lake_tables(session: "SparkSession", schema: str) -> dict[str, LakeTable]:
    """The tables of `schema` by name, in one query of the catalogue; temporary and other views are left out."""
    if not session.sql(f"show databases like '{schema}'").collect():
        return {}
    found = {}
    for row in session.sql(f"show table extended in {schema} like '*'").collect():
        description = row["information"]
        if not row["isTemporary"] and _field(description, "Type") != "VIEW":
            found[row["tableName"]] = _table(schema, row["tableName"], description)
    return found


def ensure_schema(session: "SparkSession", lake: Path, schema: str) -> None:
    """Create `schema` with its folder under `lake`, whatever warehouse folder the server is set to."""
    location = str(lake / f"{schema}.db").replace("\\", "\\\\").replace("'", "\\'")
    session.sql(f"create schema if not exists {schema} location '{location}'")


def sweep_unknown(session: "SparkSession", paths: Paths, schemas: Sequence[str]) -> None:
    """Remove the folders of tables that Spark was killed while creating: it refuses to create a table over one.

    Such a folder is not in the catalogue and holds unfinished files of a job.
    """
    for schema in schemas:
        unfinished = [path for path in (paths.lake / f"{schema}.db").glob("*") if _has_unfinished(path)]
        known = {table.name for table in lake_tables(session, schema).values()} if unfinished else set()
        for folder in unfinished:
            if folder.name not in known:
                shutil.rmtree(folder)


def _has_unfinished(folder: Path) -> bool:
    return any(True for pattern in UNFINISHED for _ in folder.glob(pattern))


def _table(schema: str, name: str, description: str) -> LakeTable:
    location = _field(description, "Location")
    if not location.startswith("file:"):
        raise WarehouseError(
            f"Spark keeps {schema}.{name} at {location}; Nightshift reads and fills tables as files of a folder that "
            "this computer and every worker see: keep the lake in one."
        )
    return LakeTable(
        schema=schema,
        name=name,
        location=Path("/" + location.removeprefix("file:").lstrip("/")),
        columns={found["name"]: found["kind"] for found in _COLUMN.finditer(description)},
        partitions=tuple(re.findall(r"`([^`]+)`", _field(description, "Partition Columns"))),
    )


def _field(description: str, key: str) -> str:
    found = re.search(rf"^{key}: (.*)$", description, re.MULTILINE)
    return found.group(1) if found else ""
