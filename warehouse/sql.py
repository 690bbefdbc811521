"""Quoting for DuckDB: names and text on their way into a statement."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import duckdb


def ident(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def idents(names: Iterable[str]) -> str:
    """Names as a list of quoted SQL identifiers."""
    return ", ".join(ident(name) for name in names)


def literal(text: str | Path) -> str:
    """Text, or a path, as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


@cache
def needs_no_quotes(identifier: str) -> bool:
    """Whether SQL takes an identifier (letters, digits, underscores) for a column, as dbt's models write it.

    `left` and `limit`, for two, are words of SQL's own.
    """
    rows = f"(select 1 as {identifier}) where {identifier} is not null and {identifier} between 0 and 1"
    with _parser().cursor() as con:
        try:
            found = con.execute(f"select max_by({identifier}, 1) from {rows}").fetchall()
        except duckdb.Error:
            return False
    return found == [(1,)]


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database without tables. It is kept, for opening one takes thirty times as long as a question."""
    return duckdb.connect(config={"threads": 1})
