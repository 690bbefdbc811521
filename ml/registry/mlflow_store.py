"""Making MLflow's database: a hundred migrations, of which none may be left half done."""

import os
from contextlib import suppress
from pathlib import Path

from mlflow import MlflowClient

DATABASE = "mlflow.db"


def ensure_store(home: Path) -> None:
    """Make `mlflow.db` under `home` where there is none: beside its place first, so that it is whole or not there."""
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
