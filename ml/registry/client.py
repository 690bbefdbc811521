"""Opening a workspace's MLflow: a SQLite file and an artifact folder under its home, or a team's PostgreSQL.

MLflow takes a second to load: it is imported where it is needed, and nights that find all in place need none of it.
"""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ml.registry.postgres import ensure_tables
from ml.registry.relocation import relocate
from ml.registry.troubles import database_readable, require_not_lost
from settings import MLflowSettings, Paths, sqlite_uri
from warehouse.disk import needing_room
from warehouse.folder_lock import folder_lock

if TYPE_CHECKING:
    from mlflow import MlflowClient

DATABASE = "mlflow.db"
EMPTY_BYTES = 2_000_000  # its tables, without a run
CHATTY = ("mlflow", "alembic")


def prepare_store(paths: Paths, names: MLflowSettings) -> None:
    """Make the workspace's MLflow where there is none, tell it where its files are, and keep it quiet.

    Raises RegistryUnreadable where its database is lost or cannot be read.
    """
    _silence()
    if names.database:
        ensure_tables(names.database)
        return
    require_not_lost(paths.home / DATABASE, paths.mlflow_artifacts)
    ensure_store(paths.home)
    with database_readable(paths.home / DATABASE):
        relocate(paths.home / DATABASE, names.experiment, paths.mlflow_artifacts)


def open_client(paths: Paths, names: MLflowSettings) -> "MlflowClient":
    """A client of the workspace's MLflow, which `prepare_store` has seen to.

    It shows no progress bars, unless the caller's environment asks for them.
    """
    from mlflow import MlflowClient  # noqa: PLC0415
    from mlflow.environment_variables import MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR  # noqa: PLC0415

    if not MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.is_set():
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    address = names.database or paths.mlflow_uri
    return MlflowClient(tracking_uri=address, registry_uri=address)


def ensure_store(home: Path) -> None:
    """Make `mlflow.db` under `home` where there is none.

    It takes a hundred migrations, of which none may be left half done: so it is made beside its place first, and is
    whole or not there. One process at a time makes it, and renames it: some file systems lack hard links. Raises
    DiskFull.
    """
    database = home / DATABASE
    if database.exists():
        return
    with needing_room(database, EMPTY_BYTES):
        home.mkdir(parents=True, exist_ok=True)
        with folder_lock(home):
            if not database.exists():
                _make(database)


def _make(database: Path) -> None:
    from mlflow import MlflowClient  # noqa: PLC0415

    partial = database.with_name(f".{DATABASE}.{os.getpid()}.partial")
    try:
        MlflowClient(tracking_uri=sqlite_uri(partial)).search_experiments(max_results=1)
        partial.replace(database)
    finally:
        for litter in database.parent.glob(f".{DATABASE}.*.partial*"):  # ours, and that of processes that were killed
            litter.unlink(missing_ok=True)


def _silence() -> None:
    """No word below a warning."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
