"""Quoting for DuckDB: names and text on their way into a statement."""

import re
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


def file_literal(path: str | Path) -> str:
    """One file as an SQL string for functions such as read_parquet, which take `*`, `?` and `[` for patterns."""
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))
