"""The champion, from MLflow's database and the files beside it; neither MLflow nor scikit-learn is loaded for that."""

from dataclasses import dataclass

from ml.evaluation.decision import CHAMPION
from ml.models.model import Model, load_model
from ml.models.version import ModelVersion
from ml.registry.artifacts import BUNDLE, require_files, run_files
from ml.registry.store import Store
from settings import Settings


@dataclass(frozen=True)
class Champion:
    """The model that scores now, with its version and the MLflow run that made it."""

    model: Model
    version: ModelVersion
    run_id: str


def champion_version(settings: Settings) -> ModelVersion | None:
    """The version that scores; None before the first training. Raises ServerUnreachable."""
    store = _store(settings)
    return store.aliased(CHAMPION) if store.exists() else None  # sqlite3 would make an empty one


def load_champion(settings: Settings, version: ModelVersion) -> Champion:
    """The champion of this version.

    Raises FilesRemoved, OSError where its files are not there, DamagedModel, ServerUnreachable.
    """
    store = _store(settings)
    require_files(store, version)
    run_id = store.entry(version).run_id
    files = run_files(settings.paths, settings.workspace.mlflow)
    return Champion(load_model(files.found(run_id, BUNDLE)), version, run_id)


def _store(settings: Settings) -> Store:
    return Store(settings.paths, settings.workspace.mlflow)
