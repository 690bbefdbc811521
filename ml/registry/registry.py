"""Models in MLflow: a run per training, a registered version, and the alias `champion` on the one that scores."""

import json
import logging
import math
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion as MlflowModelVersion
from mlflow.exceptions import MlflowException

from ml.evaluation.gate import CHALLENGER, CHAMPION, Decision, distrust
from ml.models.model import Model, load_model, save_model
from ml.models.version import ModelVersion
from ml.registry.artifacts import BUNDLE, TUNING, require_files
from ml.registry.mlflow_store import ensure_store
from ml.training.fingerprint import code_version, steering
from ml.training.train import Trained
from settings import MLflowSettings, Paths, Settings

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
for _chatter in ("mlflow", "alembic"):
    logging.getLogger(_chatter).setLevel(logging.WARNING)

PROMOTION_COLUMNS = (
    "model_version", "decided_at", "promoted", "reason", "replaced", "trusted", "rows", "positives",
    "held_out_from", "held_out_until", "figures", "rolled_back_at", "run_id", "trigger",
)  # fmt: skip
DECISION, FINGERPRINT, ROLLED_BACK, TRIGGER = "decision", "fingerprint", "rolled_back_at", "trigger"
ASKED_FOR = "asked for"


class NoChampion(LookupError):
    """No model has been registered yet; the message says how to get one."""


@dataclass(frozen=True)
class Registry:
    """One workspace's MLflow: a SQLite file and an artifact folder, both under its home."""

    paths: Paths
    names: MLflowSettings

    @property
    def client(self) -> MlflowClient:
        ensure_store(self.paths.home)
        return MlflowClient(tracking_uri=self.paths.mlflow_uri, registry_uri=self.paths.mlflow_uri)

    def register(
        self, trained: Trained, settings: Settings, decision: Decision, card: str, trigger: str = ASKED_FOR
    ) -> ModelVersion:
        """Log a training run with all that made the model; register it as a new version, the challenger.

        `decision` goes into the run's metrics, `card` (Markdown) beside the model; nothing is promoted
        here. `trigger` says what called for the training: a tag of run and version.
        """
        client, model = self.client, trained.model
        run = client.create_run(self._experiment_id(client), tags={TRIGGER: trigger})
        try:
            self._log(client, run.info.run_id, trained, settings, decision, card)
            with tempfile.TemporaryDirectory() as folder:
                save_model(model, Path(folder))
                client.log_artifacts(run.info.run_id, folder, BUNDLE)
            version = ModelVersion(self.names.model_name, self._new_version(client, run.info.run_id))
        except BaseException:
            client.set_terminated(run.info.run_id, "FAILED")
            raise
        client.set_terminated(run.info.run_id, "FINISHED")
        client.set_model_version_tag(version.name, version.version, FINGERPRINT, model.card.fingerprint)
        client.set_model_version_tag(version.name, version.version, TRIGGER, trigger)
        client.set_registered_model_alias(version.name, CHALLENGER, version.version)
        return version

    def record(self, version: ModelVersion, decision: Decision) -> None:
        """Store what the gate said of `version`, then act on it: the alias is moved in one transaction, last.

        Whoever is interrupted between the two calls `finish_promotion` next time and comes out the same.
        """
        current = self._aliased(CHAMPION)
        entry = {**decision.to_dict(), "replaced": current.version if current else None, "decided_at": _now()}
        self.client.set_model_version_tag(version.name, version.version, DECISION, json.dumps(entry))
        self.finish_promotion()

    def finish_promotion(self) -> None:
        """Make the challenger champion where the gate has said so; after that there is no challenger."""
        challenger = self._aliased(CHALLENGER)
        if challenger is None or not self._decision(challenger).get("promoted"):
            return
        self.client.set_registered_model_alias(challenger.name, CHAMPION, challenger.version)
        self.client.delete_registered_model_alias(challenger.name, CHALLENGER)

    def close_interrupted(self) -> int:
        """Mark trainings that were cut off as killed: they hold the pool, so that none can be under way. How many."""
        client = self.client
        open_ones = client.search_runs([self._experiment_id(client)], "attributes.status = 'RUNNING'", max_results=1000)
        for run in open_ones:
            client.set_terminated(run.info.run_id, "KILLED")
        return len(open_ones)

    def rollback(self) -> tuple[ModelVersion, ModelVersion]:
        """Give the alias back to the model that the champion replaced; returns (restored, removed).

        Raises NoChampion where there is no champion or it replaced nothing, FilesRemoved where that model is no more.
        """
        self.finish_promotion()  # else an interrupted promotion would be taken up again after this
        current = self._aliased(CHAMPION)
        if current is None:
            raise NoChampion(f"MLflow knows no champion of '{self.names.model_name}': there is nothing to roll back.")
        earlier = self._decision(current).get("replaced")
        if earlier is None:
            raise NoChampion(f"Version {current.version} replaced no earlier champion: there is nothing to go back to.")
        require_files(self.client, ModelVersion(current.name, str(earlier)))
        self.client.set_model_version_tag(current.name, current.version, ROLLED_BACK, _now())
        self.client.set_registered_model_alias(current.name, CHAMPION, str(earlier))
        return ModelVersion(current.name, str(earlier)), current

    def versions(self) -> list[ModelVersion]:
        """Every registered version, newest first."""
        return [ModelVersion(found.name, str(found.version)) for found in self._versions()]

    def in_use(self) -> set[str]:
        """The versions that score, are judged or can be gone back to: champion, challenger, the one replaced last."""
        champion, challenger = self._aliased(CHAMPION), self._aliased(CHALLENGER)
        earlier = self._decision(champion).get("replaced") if champion else None
        found = [version.version for version in (champion, challenger) if version]
        return {*found, *([str(earlier)] if earlier else [])}

    def known_version(self, fingerprint: str) -> tuple[ModelVersion, str] | None:
        """The newest version made from these very rows and settings that the gate has judged, and what became of it."""
        for found in self._versions():
            if found.tags.get(FINGERPRINT) == fingerprint and (DECISION in found.tags):
                version = ModelVersion(found.name, str(found.version))
                if ROLLED_BACK in found.tags:
                    return version, f"was rolled back at {found.tags[ROLLED_BACK]}"
                return version, json.loads(found.tags[DECISION])["reason"]
        return None

    def promotions(self) -> pd.DataFrame:
        """Every decision of the gate, oldest first: the audit trail that `ml.promotions` publishes."""
        rows = []
        for found in reversed(self._versions()):
            if DECISION in found.tags:
                entry = json.loads(found.tags[DECISION])
                figures = json.dumps(entry.pop("figures"))
                rows.append({"model_version": str(found.version), **entry, "figures": figures,
                             "rolled_back_at": found.tags.get(ROLLED_BACK), "run_id": found.run_id,
                             "trigger": found.tags.get(TRIGGER, ASKED_FOR)})  # fmt: skip
        numbers = {"promoted": "bool", "trusted": "bool", "rows": "int64", "positives": "int64"}
        table = pd.DataFrame(rows, columns=list(PROMOTION_COLUMNS))
        return table.astype({name: numbers.get(name, "string") for name in table.columns})

    def leaks(self, version: ModelVersion) -> dict[str, float]:
        """The columns of `version` that looked like the future at its gate, to their average precision alone."""
        return dict(self._decision(version).get("leaks", {}))

    def warnings(self) -> list[str]:
        """What every reader must know of the model that scores now."""
        champion = self._aliased(CHAMPION)
        if champion is None:
            return []
        entry = self._decision(champion)
        if entry and not entry["trusted"]:
            return [distrust(champion.version, entry["reason"])]
        return []

    def promised_average_precision(self, version: ModelVersion) -> float:
        """What `version` reached on the held-out nights at its gate; NaN where the gate has not judged it."""
        own = self._decision(version).get("figures", {}).get(CHALLENGER, {})
        return float(own.get("average_precision", float("nan")))

    def last_trained_at(self) -> datetime | None:
        """The latest night whose outcome any trained model was judged on, refused ones too: when it learned, in the
        fleet's own time. None before the first training."""
        ends = pd.to_datetime(self.promotions()["held_out_until"], errors="coerce").dropna()
        return ends.max().to_pydatetime() if len(ends) else None

    def champion(self) -> tuple[Model, ModelVersion]:
        """The champion with its version. Raises NoChampion where there is none."""
        found = self.find_champion()
        if found is None:
            raise NoChampion(f"MLflow knows no champion of '{self.names.model_name}': train one first (make train).")
        return found

    def find_champion(self) -> tuple[Model, ModelVersion] | None:
        """The champion with its version, or None before the first training."""
        return self._find(CHAMPION)

    def find_challenger(self) -> tuple[Model, ModelVersion] | None:
        """The last trained model that is not the champion, or None."""
        return self._find(CHALLENGER)

    def _find(self, alias: str) -> tuple[Model, ModelVersion] | None:
        version = self._aliased(alias)
        if version is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            return load_model(self.bundle_of(self.run_id(version), Path(folder))), version

    def run_id(self, version: ModelVersion) -> str:
        """The MLflow run that made `version`."""
        return str(self.client.get_model_version(version.name, version.version).run_id)

    def tuning(self, version: ModelVersion) -> pd.DataFrame:
        """The folds' nights on which `version` chose its threshold: machine_id, as_of, failed, probability."""
        with tempfile.TemporaryDirectory() as folder:
            return pd.read_parquet(self.client.download_artifacts(self.run_id(version), TUNING, folder))

    def settings_of(self, run_id: str) -> dict[str, Any]:
        """The steering settings that a run was made with."""
        with tempfile.TemporaryDirectory() as folder:
            return dict(json.loads(Path(self.client.download_artifacts(run_id, "settings.json", folder)).read_text()))

    def bundle_of(self, run_id: str, folder: Path) -> Path:
        """Fetch the model files of a run into `folder`. Raises FilesRemoved where they are gone for good."""
        for found in self.client.search_model_versions(f"run_id = '{run_id}'"):
            require_files(self.client, ModelVersion(found.name, str(found.version)))
        return Path(self.client.download_artifacts(run_id, BUNDLE, str(folder)))

    def _aliased(self, alias: str) -> ModelVersion | None:
        try:
            found = self.client.get_model_version_by_alias(self.names.model_name, alias)
        except MlflowException:
            return None
        return ModelVersion(found.name, str(found.version))

    def _decision(self, version: ModelVersion) -> dict[str, Any]:
        tags = self.client.get_model_version(version.name, version.version).tags
        return dict(json.loads(tags.get(DECISION, "{}")))

    def _versions(self) -> list[MlflowModelVersion]:
        found = self.client.search_model_versions(f"name = '{self.names.model_name}'", max_results=10_000)
        return sorted(found, key=lambda version: -int(version.version))

    def log_figures(self, version: ModelVersion, metrics: dict[str, float]) -> None:
        """Add figures measured later to the run that made `version`."""
        client, run_id = self.client, self.run_id(version)
        for name, value in metrics.items():
            client.log_metric(run_id, name, value)

    def log_file(self, version: ModelVersion, path: Path) -> None:
        """Add a file to the run that made `version`."""
        self.client.log_artifact(self.run_id(version), str(path))

    def _experiment_id(self, client: MlflowClient) -> str:
        found = client.get_experiment_by_name(self.names.experiment)
        if found is not None:
            return str(found.experiment_id)
        location = self.paths.mlflow_artifacts.absolute().as_uri()
        return str(client.create_experiment(self.names.experiment, artifact_location=location))

    def _log(
        self, client: MlflowClient, run_id: str, trained: Trained, settings: Settings, decision: Decision, text: str
    ) -> None:
        card = trained.model.card
        parameters = {
            **settings.workspace.training.model_dump(),
            **trained.facts,
            "horizon_hours": card.horizon_hours,
            "trained_from": card.trained_from,
            "trained_until": card.trained_until,
            "cutoff": card.cutoff,
            "held_out_until": str(trained.split.holdout_end),
            "features": len(card.features),
            "fingerprint": card.fingerprint,
            "code_version": code_version(),
        }
        for key, value in parameters.items():
            client.log_param(run_id, key, value)
        for key, number in {**trained.metrics, **trained.costs}.items():
            client.log_metric(run_id, key, number)
        client.log_dict(run_id, {"features": card.features, "categorical": card.categorical}, "features.json")
        for contender, figures in decision.figures.items():
            for key, number in figures.items():
                if not math.isnan(number):
                    client.log_metric(run_id, f"held_out/{contender.replace(':', '_')}/{key}", number)
        client.log_dict(run_id, steering(settings), "settings.json")
        client.log_text(run_id, text, "model_card.md")
        with tempfile.TemporaryDirectory() as folder:
            trained.tuning.to_parquet(Path(folder) / TUNING)
            client.log_artifact(run_id, str(Path(folder) / TUNING))

    def _new_version(self, client: MlflowClient, run_id: str) -> str:
        name = self.names.model_name
        try:
            client.create_registered_model(name, description="Failure within the horizon, per component and for any.")
        except MlflowException:
            client.get_registered_model(name)
        source = f"{client.get_run(run_id).info.artifact_uri}/{BUNDLE}"
        return str(client.create_model_version(name, source, run_id).version)


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def registry(settings: Settings) -> Registry:
    """The registry of a workspace."""
    return Registry(settings.paths, settings.workspace.mlflow)
