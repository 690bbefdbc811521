"""Models in MLflow: a run per training, a registered version, and the alias `champion` on the one that scores."""

import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ml.model import Model, load_model, save_model
from ml.score import ModelVersion
from ml.train import Trained
from settings import MLflow, Paths, Settings

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
for _chatter in ("mlflow", "alembic"):
    logging.getLogger(_chatter).setLevel(logging.WARNING)

CHAMPION = "champion"
BUNDLE = "bundle"


class NoChampion(LookupError):
    """No model has been registered yet; the message says how to get one."""


@dataclass(frozen=True)
class Registry:
    """One workspace's MLflow: a SQLite file and an artifact folder, both under its home."""

    paths: Paths
    names: MLflow

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(tracking_uri=self.paths.mlflow_uri, registry_uri=self.paths.mlflow_uri)

    def register(self, trained: Trained, settings: Settings) -> ModelVersion:
        """Log a training run with parameters, metrics, data range, features and model; register it as a new version."""
        client, model = self.client, trained.model
        run = client.create_run(self._experiment_id(client))
        try:
            self._log(client, run.info.run_id, trained, settings)
            with tempfile.TemporaryDirectory() as folder:
                save_model(model, Path(folder))
                client.log_artifacts(run.info.run_id, folder, BUNDLE)
            version = self._new_version(client, run.info.run_id)
        except BaseException:
            client.set_terminated(run.info.run_id, "FAILED")
            raise
        client.set_terminated(run.info.run_id, "FINISHED")
        return ModelVersion(self.names.model_name, version)

    def promote(self, version: ModelVersion) -> None:
        """Point the alias `champion` at `version`."""
        self.client.set_registered_model_alias(version.name, CHAMPION, version.version)

    def champion(self) -> tuple[Model, ModelVersion]:
        """The champion with its version. Raises NoChampion where there is none."""
        found = self.find_champion()
        if found is None:
            raise NoChampion(f"MLflow knows no champion of '{self.names.model_name}': train one first (make train).")
        return found

    def find_champion(self) -> tuple[Model, ModelVersion] | None:
        """The champion with its version, or None before the first training."""
        client, name = self.client, self.names.model_name
        try:
            found = client.get_model_version_by_alias(name, CHAMPION)
        except MlflowException:
            return None
        with tempfile.TemporaryDirectory() as folder:
            bundle = client.download_artifacts(str(found.run_id), BUNDLE, folder)
            return load_model(Path(bundle)), ModelVersion(name, str(found.version))

    def log_figures(self, version: ModelVersion, metrics: dict[str, float]) -> None:
        """Add figures measured later to the run that made `version`."""
        client = self.client
        run_id = str(client.get_model_version(version.name, version.version).run_id)
        for name, value in metrics.items():
            client.log_metric(run_id, name, value)

    def _experiment_id(self, client: MlflowClient) -> str:
        found = client.get_experiment_by_name(self.names.experiment)
        if found is not None:
            return str(found.experiment_id)
        location = self.paths.mlflow_artifacts.absolute().as_uri()
        return str(client.create_experiment(self.names.experiment, artifact_location=location))

    def _log(self, client: MlflowClient, run_id: str, trained: Trained, settings: Settings) -> None:
        card = trained.model.card
        parameters = {
            **settings.workspace.training.model_dump(),
            **trained.facts,
            "horizon_hours": card.horizon_hours,
            "trained_from": card.trained_from,
            "trained_until": card.trained_until,
            "known_until": card.known_until,
            "features": len(card.features),
            "fingerprint": card.fingerprint,
        }
        for key, value in parameters.items():
            client.log_param(run_id, key, value)
        for key, number in trained.metrics.items():
            client.log_metric(run_id, key, number)
        client.log_dict(run_id, {"features": card.features, "categorical": card.categorical}, "features.json")

    def _new_version(self, client: MlflowClient, run_id: str) -> str:
        name = self.names.model_name
        try:
            client.create_registered_model(name, description="Failure within the horizon, per component and for any.")
        except MlflowException:
            client.get_registered_model(name)
        source = f"{client.get_run(run_id).info.artifact_uri}/{BUNDLE}"
        return str(client.create_model_version(name, source, run_id).version)
