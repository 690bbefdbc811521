"""MLflow's run of each training: all that made the model, and what is measured of it later."""

import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ml.evaluation.decision import Decision
from ml.models.model import model_files, save_model
from ml.models.version import ModelVersion
from ml.registry.artifacts import BUNDLE, CARD, RECIPE, TUNING, FilesRemoved, RunFiles, require_files
from ml.registry.client import DATABASE
from ml.registry.store import Store
from ml.training.fingerprint import code_version
from ml.training.recipe import Recipe

if TYPE_CHECKING:  # what trains loads scikit-learn
    from ml.training.train import Trained, TrainingCosts

TRIGGER, ASKED_FOR = "trigger", "asked for"


@dataclass(frozen=True)
class TrainingRun:
    """All that a training leaves behind.

    `decision` goes into the run's metrics, `card` (Markdown) beside the model. `trigger` says what called for the
    training: a tag of run and version.
    """

    trained: "Trained"
    recipe: Recipe
    costs: "TrainingCosts"
    decision: Decision
    card: str
    trigger: str = ASKED_FOR


@dataclass(frozen=True)
class RunLog:
    """The runs of one experiment, and their files."""

    store: Store
    files: RunFiles

    def register(self, training: TrainingRun) -> ModelVersion:
        """Log a training and register its model as a new version, which carries neither tag nor alias yet."""
        from ml.registry.mlflow_model import describe_for_mlflow  # noqa: PLC0415 - MLflow, which only a training needs

        client = self.store.client
        run_id = client.create_run(self.experiment_id(), tags={TRIGGER: training.trigger}).info.run_id
        try:
            self._log(run_id, training)
            bundle = self.files.path(run_id, BUNDLE)
            save_model(training.trained.model, bundle)
            describe_for_mlflow(bundle, run_id)
            self.files.send(run_id)
            version = self._new_version(run_id)
        except BaseException:
            self.files.discard(run_id)  # first: where the disk is full, MLflow cannot write before
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id, "FINISHED")
        return version

    def close_interrupted(self) -> int:
        """Mark trainings that were cut off as killed: they hold the pool, so that none can be under way. How many."""
        running = "attributes.status = 'RUNNING'"
        open_ones = self.store.client.search_runs([self.experiment_id()], running, max_results=1000)
        for run in open_ones:
            self.store.client.set_terminated(run.info.run_id, "KILLED")
        return len(open_ones)

    def log_figures(self, version: ModelVersion, metrics: Mapping[str, float]) -> None:
        """Add figures measured later to the run that made `version`."""
        run_id = self.run_id(version)
        for name, value in metrics.items():
            self.store.client.log_metric(run_id, name, value)

    def log_file(self, version: ModelVersion, path: Path) -> None:
        """Add a file to the run that made `version`."""
        run_id = self.run_id(version)
        self.files.add(run_id, path)
        self.files.send(run_id, path.name)

    def run_id(self, version: ModelVersion) -> str:
        """The MLflow run that made `version`."""
        return self.store.entry(version).run_id

    def parameters(self, run_id: str) -> dict[str, str]:
        """The parameters of a run. Raises MlflowException where there is no such run."""
        return dict(self.store.client.get_run(run_id).data.params)

    def recipe_of(self, run_id: str) -> dict[str, Any]:
        """The settings that a run was made with, as `Recipe.recorded` gives them."""
        return dict(json.loads(self.files.found(run_id, RECIPE).read_text()))

    def tuning(self, version: ModelVersion) -> pd.DataFrame:
        """The folds' nights on which `version` chose its threshold: machine_id, as_of, failed, probability."""
        return pd.read_parquet(self.files.found(self.run_id(version), TUNING))

    def bundle_of(self, run_id: str, folder: Path) -> Path:
        """Copy the files of a run's model, as `save_model` wrote them, to below `folder`; returns where they are.

        Raises FilesRemoved where they are gone.
        """
        copy = folder / BUNDLE
        for found in self.store.entries():
            if found.run_id == run_id:
                require_files(self.store, found.version)
        bundle = self.files.found(run_id, BUNDLE)
        if not bundle.is_dir() and self.files.remote:
            raise FilesRemoved(
                f"The files of MLflow's run {run_id} are not in the store of {self.files.remote.variable}: bring them "
                "back to there, or train anew (make train)."
            )
        if not bundle.is_dir():
            raise FilesRemoved(
                f"The files of MLflow's run {run_id} are not at {bundle}: bring {self.files.root.name} back to beside "
                f"{DATABASE}, or move both away and train anew (make train)."
            )
        copy.mkdir(parents=True)
        for path in model_files(bundle):
            shutil.copyfile(path, copy / path.name)
        return copy

    def experiment_id(self) -> str:
        """The id of the experiment, which is made where there is none."""
        found = self.store.client.get_experiment_by_name(self.store.names.experiment)
        if found is not None:
            return str(found.experiment_id)
        location = self.files.location
        return str(self.store.client.create_experiment(self.store.names.experiment, artifact_location=location))

    def _new_version(self, run_id: str) -> ModelVersion:
        """Register the model that `run_id` made as the next version."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        client, name = self.store.client, self.store.names.model_name
        try:
            client.create_registered_model(name, description="Failure within the horizon, per component and for any.")
        except MlflowException:
            client.get_registered_model(name)
        source = self.files.address(run_id, BUNDLE)
        return ModelVersion(name, str(client.create_model_version(name, source, run_id).version))

    def _log(self, run_id: str, training: TrainingRun) -> None:
        client, trained, card = self.store.client, training.trained, training.trained.model.card
        for key, value in _parameters(training).items():
            client.log_param(run_id, key, value)
        for key, number in {**trained.metrics, **asdict(training.costs)}.items():
            client.log_metric(run_id, key, number)
        self.files.add_json(run_id, "features.json", {"features": card.features, "categorical": card.categorical})
        for contender, figures in training.decision.figures.items():
            for key, number in figures.items():
                if not math.isnan(number):
                    client.log_metric(run_id, f"held_out/{contender.replace(':', '_')}/{key}", number)
        self.files.add_json(run_id, RECIPE, training.recipe.recorded())
        self.files.add_text(run_id, CARD, training.card)
        trained.tuning.to_parquet(self.files.path(run_id, TUNING))


def _parameters(training: TrainingRun) -> dict[str, object]:
    card = training.trained.model.card
    return {
        **training.recipe.training.model_dump(exclude={"feature_sets"}),  # told by the fact and the file of settings
        **training.trained.facts,
        "horizon_hours": card.horizon_hours,
        "trained_from": card.trained_from,
        "trained_until": card.trained_until,
        "cutoff": card.cutoff,
        "held_out_until": str(training.trained.split.holdout_end),
        "features": len(card.features),
        "fingerprint": card.fingerprint,
        "code_version": code_version(),
    }
