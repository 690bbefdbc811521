"""Making MLflow's database: a hundred migrations, of which none may be left half done."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient

from settings import sqlite_uri
from warehouse.disk import needing_room

DATABASE = "mlflow.db"
EMPTY_BYTES = 2_000_000  # its tables, without a run


def ensure_store(home: Path) -> None:
    """Make `mlflow.db` under `home` where there is none: beside its place first, so that it is whole or not there.

    One process at a time; not by a hard link, which some file systems lack. Raises DiskFull.
    """
    database = home / DATABASE
    if database.exists():
        return
    with needing_room(database, EMPTY_BYTES):
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            if not database.exists():
                _make(database)


def _make(database: Path) -> None:
    partial = database.with_name(f".{DATABASE}.{os.getpid()}.partial")
    try:
        MlflowClient(tracking_uri=sqlite_uri(partial)).search_experiments(max_results=1)
        partial.replace(database)
    finally:
        for litter in database.parent.glob(f".{DATABASE}.*.partial*"):  # ours, and that of processes that were killed
            litter.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else in the block; the lock of a process that is killed goes with it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
