"""Models in MLflow: a run per training, a registered version, and the alias `champion` on the one that scores."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ml.evaluation.decision import Decision
from ml.models.model import DamagedModel, Model, load_model
from ml.models.version import ModelVersion
from ml.registry.aliases import Aliases, NoChampion
from ml.registry.artifacts import BUNDLE, FilesDamaged, FilesRemoved, run_files
from ml.registry.client import DATABASE, prepare_store
from ml.registry.decisions import DecisionLog
from ml.registry.run_log import RunLog, TrainingRun
from ml.registry.store import Store
from settings import MLflowSettings, Paths, Settings
from warehouse.disk import needing_room

if TYPE_CHECKING:
    from mlflow import MlflowClient

TRAINING_BYTES = 20_000_000  # more than all files of a training take


@dataclass(frozen=True)
class Registry:
    """One workspace's MLflow in its parts, and what takes more than one of them."""

    store: Store
    runs: RunLog
    decisions: DecisionLog
    aliases: Aliases

    @property
    def client(self) -> "MlflowClient":
        """MLflow's own client."""
        return self.store.client

    @property
    def names(self) -> MLflowSettings:
        """What its experiment and its models are called."""
        return self.store.names

    def register(self, training: TrainingRun) -> ModelVersion:
        """Log a training and enter its model as a new version, the challenger; nothing is promoted here.

        Raises DiskFull, which leaves no file.
        """
        with needing_room(self.runs.files.root, TRAINING_BYTES):
            version = self.runs.register(training)
            fingerprint, choice = training.trained.model.card.fingerprint, training.trained.choice
            self.decisions.begin(version, fingerprint, training.trigger, choice.name, choice.average_precision)
            self.aliases.make_challenger(version)
        return version

    def record(self, version: ModelVersion, decision: Decision, decided_at: datetime) -> None:
        """Store what the gate said of `version` at `decided_at` (naive UTC), then act on it: the alias is moved last.

        Whoever is interrupted between the two calls `finish_promotion` next time and comes out the same.
        """
        self.decisions.record(version, decision, self.aliases.champion(), decided_at)
        self.aliases.finish_promotion()

    def champion(self) -> tuple[Model, ModelVersion]:
        """The champion with its version. Raises NoChampion where there is none."""
        found = self.find_champion()
        if found is None:
            raise NoChampion(f"MLflow knows no champion of '{self.names.model_name}': train one first (make train).")
        return found

    def find_champion(self) -> tuple[Model, ModelVersion] | None:
        """The champion with its version, or None before the first training."""
        return self._loaded(self.aliases.champion())

    def find_challenger(self) -> tuple[Model, ModelVersion] | None:
        """The last trained model that is not the champion, or None."""
        return self._loaded(self.aliases.challenger())

    def find_reference(self, champion: ModelVersion) -> tuple[Model, ModelVersion] | None:
        """The earlier champion that challengers are held against beside `champion`; None where that is itself.

        None too where that model's files are gone: then `champion` is all that is left to be held against.
        """
        version = self.decisions.reference(champion)
        if version == champion:
            return None
        try:
            return self._loaded(version)
        except FilesRemoved:
            return None

    def versions(self) -> list[ModelVersion]:
        """Every registered version, newest first."""
        return [found.version for found in self.store.entries()]

    def warnings(self) -> list[str]:
        """What every reader must know of the model that scores now."""
        champion = self.aliases.champion()
        return self.decisions.warnings(champion) if champion else []

    def _loaded(self, version: ModelVersion | None) -> tuple[Model, ModelVersion] | None:
        if version is None:
            return None
        run_id = self.runs.run_id(version)
        try:
            with tempfile.TemporaryDirectory() as folder:
                return load_model(self.runs.bundle_of(run_id, Path(folder))), version
        except (DamagedModel, FileNotFoundError) as error:
            files = self.runs.files
            raise FilesDamaged(
                f"Version {version.version} cannot be loaded from {files.path(run_id, BUNDLE)}: {error}. Bring its "
                f"files back from a copy, go back to the model before it (make rollback), or move {DATABASE} and "
                f"{files.root.name} away and train anew (make train)."
            ) from None


def open_registry(paths: Paths, names: MLflowSettings) -> Registry:
    """The registry under a home; MLflow's store is made where there is none."""
    prepare_store(paths, names)
    store = Store(paths, names)
    decisions = DecisionLog(store)
    runs = RunLog(store, run_files(paths, names))
    return Registry(store, runs, decisions, Aliases(store, decisions))


def registry(settings: Settings) -> Registry:
    """The registry of a workspace."""
    return open_registry(settings.paths, settings.workspace.mlflow)
