"""Opening a workspace's MLflow: a SQLite file and an artifact folder, both under its home."""

import logging
import os
from contextlib import suppress
from pathlib import Path

from mlflow import MlflowClient
from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR

from settings import Paths

DATABASE = "mlflow.db"
CHATTY = ("mlflow", "alembic")


def open_client(paths: Paths) -> MlflowClient:
    """A client of the workspace's MLflow, which is made where there is none."""
    _silence()
    ensure_store(paths.home)
    return MlflowClient(tracking_uri=paths.mlflow_uri, registry_uri=paths.mlflow_uri)


def ensure_store(home: Path) -> None:
    """Make `mlflow.db` under `home` where there is none.

    It takes a hundred migrations, of which none may be left half done: so it is made beside its place first, and is
    whole or not there.
    """
    database = home / DATABASE
    if database.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    partial = home / f".{DATABASE}.{os.getpid()}.partial"
    partial.unlink(missing_ok=True)
    MlflowClient(tracking_uri=f"sqlite:///{partial}").search_experiments(max_results=1)
    with suppress(FileExistsError, FileNotFoundError):  # somebody else was first, and has swept
        os.link(partial, database)
    for litter in home.glob(f".{DATABASE}.*.partial*"):
        litter.unlink(missing_ok=True)


def _silence() -> None:
    """No progress bars, unless the caller's environment asks for them, and no word below a warning."""
    if not MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.is_set():
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
