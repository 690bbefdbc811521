"""A sample of a group's rows as a table, read as landing would read them, and what its columns hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from ingestion import sql
from ingestion.errors import RefusedError
from ingestion.mapping.reader import open_table
from ingestion.rejects import forget_rejects
from ingestion.words import MISSING
from intake.files import SeenFile
from intake.groups import FileGroup
from warehouse.connection import Connection
from warehouse.sql import ident, literal

MOST_ROWS = 4_000  # of a file
_MOST_FILES = 12
_AT_ONCE = 20  # columns described by one statement: each distinct count takes megabytes, and files may have hundreds
_ENOUGH = 0.95
_WORDS = ", ".join(literal(word) for word in MISSING)


@dataclass(frozen=True)
class ColumnFacts:
    """What a column of the sample holds, by counts of its cells; low and high are those of its numbers."""

    name: str
    kind: str
    rows: int
    filled: int
    distinct: int
    numbers: int
    words: int
    whole: int
    low: float | None
    high: float | None

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers, or words that say that there is none."""
        return self.numbers > 0 and self.numbers + self.words >= _ENOUGH * self.filled

    @property
    def is_whole(self) -> bool:
        """Whether all its numbers are whole."""
        return self.is_number and self.whole == self.numbers

    @property
    def is_empty(self) -> bool:
        """Whether it says next to nothing."""
        return self.filled - self.words < 0.005 * self.rows or self.filled == self.words

    @property
    def is_time(self) -> bool:
        """Whether it is one by its type in a Parquet file."""
        return self.kind.startswith(("TIMESTAMP", "DATE"))


@dataclass(frozen=True)
class Sample:
    """A table of rows from the group's files, with _file and _row in order; columns by their names."""

    con: Connection
    table: str
    rows: int
    columns: dict[str, ColumnFacts]

    def values(self, expression: str, most: int) -> list[str]:
        """The most frequent values of an SQL expression, as text."""
        found = self.con.execute(
            f"""select cast({expression} as varchar) as value, count(*) from {self.table}
            where {expression} is not null group by all order by 2 desc, 1 limit {most}"""
        ).fetchall()
        return [str(value) for value, _ in found]

    def one(self, expression: str, relation: str = "") -> tuple[Any, ...]:
        """The one row of an aggregate, over the sample or a relation made of it."""
        [row] = self.con.execute(f"select {expression} from {relation or self.table}").fetchall()
        return tuple(row)


def take_sample(con: Connection, group: FileGroup, number: int) -> tuple[Sample, list[tuple[SeenFile, str]]]:
    """Read a sample; files that cannot be read come back with the reason."""
    table = f"intake_sample_{number}"
    columns = list(dict.fromkeys(group.columns))
    con.execute(f"drop table if exists {table}")
    troubles: list[tuple[SeenFile, str]] = []
    made = False
    for place, file in enumerate(spread(group.files, _MOST_FILES)):
        try:
            seen = open_table(con, file.drop("telemetry"), group.entry())
            forget_rejects(con)
            cells = ", ".join(f"{seen.cell(name)} as {ident(name)}" for name in seen.types)
            query = f"select {place} as _file, {seen.row} as _row, {cells} from {seen.relation} limit {MOST_ROWS}"
            if made:
                con.execute(f"insert into {table} by name {query}", seen.parameters)
            else:
                con.execute(f"create temp table {table} as {query}", seen.parameters)
                made, columns = True, list(seen.types)
        except RefusedError as error:
            troubles.append((file, str(error)))
        except duckdb.Error as error:
            troubles.append((file, f"{file.name} cannot be read ({str(error).splitlines()[0][:200]})."))
    if not made:
        con.execute(f"create temp table {table} (_file int, _row bigint)")
        return Sample(con, table, 0, {}), troubles
    return _described(con, table, columns), troubles


def spread(files: Sequence[SeenFile], most: int) -> list[SeenFile]:
    """At most so many of the files: the first three, one after the other, and of the others some up to the last."""
    if len(files) <= most:
        return list(files)
    first, rest = files[:3], files[3:]
    return [*first, *(rest[round(place * (len(rest) - 1) / (most - 4))] for place in range(most - 3))]


def _described(con: Connection, table: str, names: list[str]) -> Sample:
    kinds = {row[0]: str(row[1]).upper() for row in con.execute(f"describe {table}").fetchall()}
    [(rows,)] = con.execute(f"select count(*) from {table}").fetchall()
    told: list[Any] = []
    for first in range(0, len(names), _AT_ONCE):
        counts = [one for name in names[first : first + _AT_ONCE] for one in _counts(ident(name), kinds[name])]
        told += con.execute(f"select {', '.join(counts)} from {table}").fetchall()[0]
    width = len(told) // max(len(names), 1)
    facts = {
        name: ColumnFacts(name, kinds[name], int(rows), *told[width * at : width * (at + 1)])
        for at, name in enumerate(names)
    }
    return Sample(con, table, int(rows), facts)


def _counts(cell: str, kind: str) -> list[str]:
    """The aggregates of a column, in the order of ColumnFacts from `filled` on."""
    parsed = sql.parsed_number(cell) if kind == "VARCHAR" else f"try_cast({cell} as double)"
    number = parsed if _may_be_number(kind) else "null::double"
    number = f"case when isfinite({number}) then {number} end"
    return [
        f"count({cell})", f"count(distinct {cell})", f"count({number})",
        f"count(*) filter (lower(cast({cell} as varchar)) in ({_WORDS}))",
        f"count(*) filter ({number} = trunc({number}))", f"min({number})", f"max({number})",
    ]  # fmt: skip


def _may_be_number(kind: str) -> bool:
    return not kind.startswith(("TIMESTAMP", "DATE", "TIME", "BLOB", "STRUCT", "LIST", "MAP")) and not kind.endswith(
        "]"
    )
