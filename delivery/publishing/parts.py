"""A published table as Parquet under a stable name: one file, or a folder of one file a month where the table grows.

Each file keeps the digest of its rows, so that the next publication knows which of them have not changed.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.sql import ident, literal

TIME_COLUMN = "as_of"
DIGEST = "digest"  # its key in the metadata of a file
FORMAT = 1  # of the files; raise it where the same rows come to be written otherwise
VALUE_BYTES, FRAME_BYTES = 16, 10_000
FINER_TIME = "TIMESTAMP_NS"  # what pandas' moments become; Spark reads none from Parquet


@dataclass(frozen=True)
class Part:
    """`condition` selects the part's rows of `relation`; files of the same `digest` hold the same rows and columns.

    `file` is its path within a snapshot. `bytes` bounds its size: that of its values, uncompressed and with some text.
    """

    relation: str
    condition: str
    file: str
    digest: str
    bytes: int


def parts_of(con: duckdb.DuckDBPyConnection, name: str, relation: str, grows: bool = False) -> list[Part]:
    """The parts of `relation`, oldest first: one, or where it `grows` those of each month of `as_of`.

    The digest covers the columns' names and types and every value, whatever the order of the rows. An empty table has
    one part, and so has one without that column.
    """
    columns = con.execute(f"select column_name, column_type from (describe select * from {relation})").fetchall()
    by_month = grows and dict(columns).get(TIME_COLUMN, "").startswith("TIMESTAMP")
    month = f"strftime({TIME_COLUMN}, '%Y-%m')" if by_month else "'all'"
    # The hash of a row covers all of its columns; a sum of 128 bits does not depend on the order.
    found = con.execute(
        f"select {month} as part, count(*), sum(hash(listed)::hugeint), bit_xor(hash(listed)) "
        f"from (select * from {relation}) as listed group by part order by part"
    ).fetchall()
    readable = _readable(relation, columns)
    return [
        Part(
            readable,
            _condition(part, by_month),
            f"{name}/{part or 'none'}.parquet" if grows else f"{name}.parquet",
            _digest(FORMAT, columns, figures),
            FRAME_BYTES + figures[0] * len(columns) * VALUE_BYTES,
        )
        for part, *figures in found or [("all", 0, 0, 0)]
    ]


def digests_in(snapshot: Path) -> dict[str, str]:
    """The digest of each file of a snapshot, by its path in there; none at all where a file cannot be read."""
    files = {str(path): str(path.relative_to(snapshot)) for path in sorted(snapshot.rglob("*.parquet"))}
    if not files:
        return {}
    names = ", ".join(map(literal, files))
    kept = f"select file_name, decode(value) from parquet_kv_metadata([{names}]) where decode(key) = '{DIGEST}'"
    try:
        with duckdb.connect() as con:
            found = con.execute(kept).fetchall()
    except duckdb.Error:
        return {}
    return {files[name]: digest for name, digest in found if name in files}


def write_part(con: duckdb.DuckDBPyConnection, part: Part, path: Path) -> None:
    """Write a part's rows as Parquet, in the order of the table; flushed to disk before it returns."""
    con.execute(
        f"copy (select * from {part.relation} where {part.condition}) to {literal(path)} "
        f"(format parquet, parquet_version v1, kv_metadata {{{DIGEST}: {literal(part.digest)}}})"
    )
    with path.open("rb") as written:
        os.fsync(written.fileno())  # later snapshots link to the file without reading it


def _readable(relation: str, columns: list[tuple[str, str]]) -> str:
    """The relation in types that old and foreign readers know."""
    finer = [ident(name) for name, kind in columns if kind == FINER_TIME]
    if not finer:
        return relation
    casts = ", ".join(f"{name}::timestamp as {name}" for name in finer)
    return f"(select * replace ({casts}) from {relation})"


def _condition(part: str | None, by_month: bool) -> str:
    if not by_month or part == "all":
        return "true"
    if part is None:
        return f"{TIME_COLUMN} is null"
    first = f"timestamp '{part}-01'"
    return f"{TIME_COLUMN} >= {first} and {TIME_COLUMN} < {first} + interval 1 month"


def _digest(*of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()[:16]
