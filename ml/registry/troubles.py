"""What keeps MLflow's database from being read: one sentence with the cure, whoever asks."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from settings import MLFLOW_DB
from warehouse.disk import may_be_full

SQLITE_LOCKED = "database is locked"  # in SQLite's words


class RegistryUnreadable(RuntimeError):
    """MLflow's database is lost, damaged or held by another process; the message names it and says what to do."""


@contextmanager
def database_readable(database: Path) -> Iterator[None]:
    """Raise RegistryUnreadable where SQLite cannot read `database` inside the block; a full disk passes."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if may_be_full(error):
            raise
        if SQLITE_LOCKED in str(error):
            told = "is held by another process and was not free in time: let that finish or end it, then run again."
        else:
            told = f"cannot be read ({error}): {_cures(database)}."
        raise RegistryUnreadable(f"{database} {told}") from None


def require_not_lost(database: Path, artifacts: Path) -> None:
    """Raise RegistryUnreadable where there is no `database` for the models whose files lie in `artifacts`.

    An empty one in its place would know of no champion, and nights would go on without a model.
    """
    if not database.exists() and any(artifacts.glob("*/artifacts")):
        raise RegistryUnreadable(
            f"There is no {database}, and {artifacts} holds the files of models that it knew: {_cures(database)}. "
            f"Where a team keeps it, set {MLFLOW_DB}."
        )


def _cures(database: Path) -> str:
    return f"bring it back from a copy, or move what is left of {database.name} and mlruns away and `make train`"
