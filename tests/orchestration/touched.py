"""Which tables of the warehouse a function reads and writes, seen in the statements it sends."""

import re
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

KEPT = (
    "select table_schema || '.' || table_name from information_schema.tables where table_catalog = current_database()"
)
READ = re.compile(r"(?<!delete )\b(?:from|join|describe)\s+([a-z_]\w*(?:\.\w+)?)", re.IGNORECASE)
WRITTEN = re.compile(r"\binsert\s+into\s+(\w+\.\w+)", re.IGNORECASE)


class Touched:
    """Names as the code spells them: those of the main schema bare, others with their schema."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.written: set[str] = set()


class Watched:
    """A connection that notes the tables of every statement that it runs."""

    def __init__(self, con: duckdb.DuckDBPyConnection, touched: Touched) -> None:
        self._con, self._touched = con, touched

    def execute(self, sql: str, *values: Any) -> Any:
        kept = self._con.execute(KEPT).fetchall()
        # Other names are those of subqueries, or of frames that are handed in.
        self._touched.read |= set(READ.findall(sql)) & {name.removeprefix("main.") for (name,) in kept}
        self._touched.written |= set(WRITTEN.findall(sql))
        return self._con.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *error: object) -> None:
        self._con.close()


def touched_by(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> Touched:
    """What every connection that `action` opens reads and writes."""
    touched, connect = Touched(), duckdb.connect
    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda *args, **options: Watched(connect(*args, **options), touched))
        action()
    return touched
