"""Quoting for DuckDB: names and text on their way into a statement."""

from collections.abc import Iterable
from pathlib import Path


def ident(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def idents(names: Iterable[str]) -> str:
    """Names as a list of quoted SQL identifiers."""
    return ", ".join(ident(name) for name in names)


def literal(text: str | Path) -> str:
    """Text, or a path, as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"
