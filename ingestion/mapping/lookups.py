"""The lookups of a mapping: small CSV files, each in a temporary table by its key."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion import sql
from ingestion.errors import LandingError
from ingestion.mapping.expressions import reason_of
from settings import LookupTable
from warehouse.connection import Connection
from warehouse.sql import ident, literal


@dataclass(frozen=True)
class Lookup:
    """A table of text: its name in expressions, the key's column, and all of its columns."""

    name: str
    key: str
    columns: tuple[str, ...]

    @property
    def table(self) -> str:
        """The temporary table: a column `_key`, and `_row` with all columns as a struct."""
        return ident(f"landing_lookup_{self.name}")

    @property
    def type(self) -> str:
        """The type of `_row`."""
        return f"struct({', '.join(f'{ident(column)} varchar' for column in self.columns)})"

    def has(self, column: str) -> bool:
        """Whether it has this column, whatever its capitals."""
        return column.lower() in {name.lower() for name in self.columns}

    def sensors(self, con: Connection, column: str) -> frozenset[str]:
        """What stands in this column, in small letters."""
        name = next(one for one in self.columns if one.lower() == column.lower())
        rows = con.execute(f"select distinct lower(_row.{ident(name)}) from {self.table}").fetchall()
        return frozenset(row[0] for row in rows if row[0] is not None)


def load_lookup(con: Connection, name: str, known: LookupTable) -> Lookup:
    """Read the file into its temporary table. Raises LandingError for one that cannot be used."""
    where, path = f"vars.mapping.lookups.{name}", Path(known.file)
    if not path.is_file():
        raise LandingError(f"{where}: there is no file {path}; put it there, or correct `file`.")
    with path.open("rb") as handle:
        head = handle.readline()
    delim = next((mark for mark in (",", ";", "\t") if mark.encode() in head), ",")
    options = f"all_varchar = true, header = true, delim = {literal(delim)}, quote = '\"', escape = '\"'"
    reader = f"read_csv({literal(path)}, {options})"
    try:
        columns = [row[0] for row in con.execute(f"describe select * from {reader}").fetchall()]
        lookup = Lookup(name, known.key, tuple(columns))
        if not lookup.has(known.key):
            raise LandingError(
                f"{where}: {path.name} has no column {known.key}, its key; it has {', '.join(columns)}. Correct one of "
                "them."
            )
        fields = ", ".join(f"{ident(column)} := {sql.clean(ident(column))}" for column in columns)
        con.execute(
            f"""create or replace temp table {lookup.table} as
            select {sql.clean(ident(known.key))} as _key, struct_pack({fields}) as _row from {reader}
            where {sql.clean(ident(known.key))} is not null"""
        )
    except duckdb.Error as error:
        reason = "it is not UTF-8" if "not utf-8 encoded" in str(error) else reason_of(error)
        raise LandingError(f"{where}: {path.name} cannot be read ({reason}); correct it.") from None
    twice = con.execute(f"select _key from {lookup.table} group by 1 having count(*) > 1 order by 1 limit 3").fetchall()
    if twice:
        shown = ", ".join(row[0] for row in twice)
        raise LandingError(f"{where}: {path.name} has the key {shown} more than once; keep one line for each.")
    return lookup
