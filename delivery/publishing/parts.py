"""A published table in parts, one for each month, each in a file named after the digest of its rows."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.sql import literal

TIME_COLUMN = "as_of"
VALUE_BYTES, FRAME_BYTES = 16, 10_000


@dataclass(frozen=True)
class Part:
    """`condition` selects the part's rows of `relation`; the same `file` holds the same rows under the same columns.

    `bytes` bounds the size of the file: that of its values, uncompressed and with some text.
    """

    relation: str
    condition: str
    file: str
    bytes: int


def parts_of(con: duckdb.DuckDBPyConnection, name: str, relation: str) -> list[Part]:
    """The parts of `relation`, oldest first: a month of `as_of` each, or one for a table without that column.

    The digest covers the columns' names and types and every value, whatever the order of the rows. An empty table has
    one part.
    """
    columns = con.execute(f"select column_name, column_type from (describe select * from {relation})").fetchall()
    by_month = dict(columns).get(TIME_COLUMN, "").startswith("TIMESTAMP")
    month = f"strftime({TIME_COLUMN}, '%Y-%m')" if by_month else "'all'"
    # The hash of a row covers all of its columns; a sum of 128 bits does not depend on the order.
    found = con.execute(
        f"select {month} as part, count(*), sum(hash(listed)::hugeint), bit_xor(hash(listed)) "
        f"from (select * from {relation}) as listed group by part order by part"
    ).fetchall()
    return [
        Part(
            relation,
            _condition(part, by_month),
            f"{name}.{part or 'none'}.{_digest(columns, figures)}.parquet",
            FRAME_BYTES + figures[0] * len(columns) * VALUE_BYTES,
        )
        for part, *figures in found or [("all", 0, 0, 0)]
    ]


def tables_in(folder: Path) -> dict[str, list[Path]]:
    """The tables whose parts lie in `folder`, each with its files in the order of the parts."""
    tables: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.parquet")):  # a month's digits sort before `none`
        tables.setdefault(path.name.partition(".")[0], []).append(path)
    return tables


def write_part(con: duckdb.DuckDBPyConnection, part: Part, path: Path) -> None:
    """Write a part's rows as Parquet, in the order of the table; flushed to disk before it returns."""
    con.execute(f"copy (select * from {part.relation} where {part.condition}) to {literal(path)} (format parquet)")
    with path.open("rb") as written:
        os.fsync(written.fileno())  # later snapshots link to the file without reading it


def _condition(part: str | None, by_month: bool) -> str:
    if not by_month or part == "all":
        return "true"
    if part is None:
        return f"{TIME_COLUMN} is null"
    first = f"timestamp '{part}-01'"
    return f"{TIME_COLUMN} >= {first} and {TIME_COLUMN} < {first} + interval 1 month"


def _digest(*of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()[:16]
