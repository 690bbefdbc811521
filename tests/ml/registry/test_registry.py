"""Who scores, and how that changes: in a real MLflow, with real processes killed in the middle."""

import math
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from delivery.pages.model_card import render_model_card
from ml.evaluation.decision import Decision
from ml.models.version import ModelVersion
from ml.registry.aliases import NoChampion
from ml.registry.artifacts import RunFiles, remove_files
from ml.registry.registry import Registry, open_registry
from ml.registry.run_log import ASKED_FOR, TrainingRun
from ml.training.recipe import Recipe
from ml.training.train import Trained, TrainingCosts
from settings import ROOT, Settings

FIGURES = {"challenger": {"average_precision": 0.9, "failures": 2.0, "failures_caught": 2.0, "needless_visits": 0.0,
                          "precision": 1.0, "recall": 1.0, "cost": 300.0}}  # fmt: skip

NOW, LATER = datetime(2025, 1, 11, 7, 0, 5, 250), datetime(2025, 1, 12, 8)
COSTS = TrainingCosts(train_seconds=12.5, train_peak_bytes=2e9)

# Kills itself between the gate's verdict and the move of the alias, or just after the move.
KILLED = """
import json, os, signal, sys
from datetime import datetime
from ml.registry.registry import registry
from ml.evaluation.decision import Decision
from ml.models.version import ModelVersion
from settings import load_settings
settings = load_settings()
models = registry(settings)
client = type(models.client)
def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(client, sys.argv[2], die)
decision = Decision(True, True, "better", 10, 2, "2025-01-01", "2025-01-02", {})
models.record(ModelVersion(settings.workspace.mlflow.model_name, sys.argv[1]), decision, datetime(2025, 1, 11))
"""


def decision(promoted: bool, trusted: bool = True) -> Decision:
    return Decision(promoted, trusted, "because", 10, 2, "2025-01-01 06:00:00", "2025-01-10 06:00:00", FIGURES)


@pytest.fixture(scope="module")
def models(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    paths = settings.paths.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    return open_registry(paths, settings.workspace.mlflow)


def registered(
    models: Registry, trained: Trained, recipe: Recipe, verdict: Decision, trigger: str = ASKED_FOR
) -> ModelVersion:
    card = render_model_card(trained, COSTS, verdict, recipe)
    return models.register(TrainingRun(trained, recipe, COSTS, verdict, card, trigger))


def on_levels(trained: Trained) -> Trained:
    choice = replace(trained.choice, name="levels", average_precision={"changes": 0.1, "levels": 0.2})
    return replace(trained, choice=choice)


def champion(models: Registry) -> str | None:
    found = models.find_champion()
    return found[1].version if found else None


def test_the_life_of_a_champion(models: Registry, trained: Trained, recipe: Recipe) -> None:
    """One story, for a registry takes seconds to make: first, refused, promoted, rolled back, killed twice."""
    assert champion(models) is None
    with pytest.raises(NoChampion, match="nothing to roll back"):
        models.aliases.rollback(LATER)

    first = registered(models, trained, recipe, decision(True, trusted=False))
    assert champion(models) is None, "a registered model scores nothing before the gate has spoken"
    models.record(first, decision(True, trusted=False), NOW)
    assert champion(models) == "1"
    assert "version 1 is not to be trusted yet" in models.warnings()[0]
    with pytest.raises(NoChampion, match="nothing to go back to"):
        models.aliases.rollback(LATER)

    leaky = replace(decision(False), leaks={"volt_mean_3h": 0.99})
    refused = registered(models, trained, recipe, leaky, "weekly")
    models.record(refused, leaky, NOW)
    assert models.decisions.leaks(refused) == {"volt_mean_3h": 0.99}
    assert models.decisions.leaks(first) == {}
    assert champion(models) == "1"
    assert models.aliases.challenger() == refused
    assert models.decisions.known_version(trained.model.card.fingerprint) == (refused, "because")

    second = registered(models, on_levels(trained), recipe, decision(True))
    models.record(second, decision(True), NOW)
    assert champion(models) == "3"
    assert models.find_challenger() is None
    assert models.warnings() == []

    assert models.aliases.rollback(LATER) == (first, second)
    assert champion(models) == "1"
    known = models.decisions.known_version(trained.model.card.fingerprint)
    assert known is not None
    assert known[1] == "was rolled back at 2025-01-12T08:00:00"
    table = models.decisions.promotions()
    assert list(table["model_version"]) == ["1", "2", "3"]
    assert table[["promoted", "decided_at"]].values.tolist() == [[said, "2025-01-11T07:00:05"] for said in (1, 0, 1)]
    assert table[["feature_set", "feature_sets"]].values.tolist() == [
        ["", "{}"], ["", "{}"], ["levels", '{"changes": 0.1, "levels": 0.2}']
    ]  # fmt: skip
    assert table["rolled_back_at"].notna().tolist() == [False, False, True]
    assert table["replaced"].isna().tolist() == [True, False, False]
    assert table["trigger"].tolist() == ["asked for", "weekly", "asked for"]
    assert models.client.get_run(models.runs.run_id(refused)).data.tags["trigger"] == "weekly"

    third = registered(models, trained, recipe, decision(True))
    killed(models.runs.files.root.parent, third, "set_registered_model_alias")
    assert champion(models) == "1", "killed before the alias moved: the old champion, whole"
    models.aliases.finish_promotion()
    assert champion(models) == "4"
    assert models.find_challenger() is None

    fourth = registered(models, trained, recipe, decision(True))
    killed(models.runs.files.root.parent, fourth, "delete_registered_model_alias")
    assert champion(models) == "5", "killed after the alias moved: the new champion, whole"
    assert models.aliases.rollback(LATER) == (third, fourth)
    models.aliases.finish_promotion()
    assert champion(models) == "4", "what was rolled back stays so, whatever was interrupted before"
    _references(models, trained, recipe, third)


def _references(models: Registry, trained: Trained, recipe: Recipe, third: ModelVersion) -> None:
    """Version 4 is its own reference. What follows without a win leaves it so; who wins takes its place.

    A rollback brings back the reference of whoever is champion again.
    """
    assert models.decisions.reference(third) == third
    assert models.find_reference(third) is None
    held, won = (replace(decision(True), reference="4", becomes_reference=new) for new in (False, True))
    fifth, sixth, seventh = (registered(models, trained, recipe, said) for said in (held, held, won))
    for version, said in ((fifth, held), (sixth, held), (seventh, won)):
        models.aliases.make_challenger(version)
        models.record(version, said, LATER)
    assert [models.decisions.reference(version) for version in (fifth, sixth, seventh)] == [third, third, seventh]
    assert models.decisions.promotions()["reference"].tolist()[-3:] == ["4", "4", "4"]
    assert models.decisions.promotions()["becomes_reference"].tolist()[-3:] == [False, False, True]
    assert models.aliases.rollback(LATER) == (sixth, seventh)
    found = models.find_reference(sixth)
    assert found is not None
    assert found[1] == third
    assert models.aliases.in_use() == {sixth.version, fifth.version, third.version}
    remove_files(models.store, models.runs.files, third, LATER)
    assert models.find_reference(sixth) is None, "without its files the champion is all that is left"


def killed(home: Path, version: ModelVersion, at: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, version.version, at], cwd=ROOT, env={"NIGHTSHIFT_HOME": str(home), "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_what_drift_and_retraining_ask_of_it(
    trained: Trained, settings: Settings, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> None:
    paths = settings.paths.model_copy(update={"home": tmp_path_factory.mktemp("other")})
    models = open_registry(paths, settings.workspace.mlflow)
    assert models.decisions.last_trained_at() is None
    judged = registered(models, trained, recipe, decision(True))
    assert math.isnan(models.decisions.promised_average_precision(judged)), "the gate has not spoken yet"
    models.record(judged, decision(True), NOW)
    assert models.decisions.promised_average_precision(judged) == FIGURES["challenger"]["average_precision"]
    assert models.decisions.last_trained_at() == datetime(2025, 1, 10, 6)
    refused = replace(decision(False), held_out_until="2025-02-10 06:00:00")
    models.record(registered(models, trained, recipe, refused), refused, NOW)
    assert models.decisions.last_trained_at() == datetime(2025, 2, 10, 6), (
        "a refused challenger has been trained all the same"
    )
    empty = replace(decision(False), held_out_until="NaT")
    models.record(registered(models, trained, recipe, empty), empty, NOW)
    assert models.decisions.last_trained_at() == datetime(2025, 2, 10, 6)


def test_the_run_tells_all_that_made_the_model(models: Registry, trained: Trained, recipe: Recipe) -> None:
    version = registered(models, trained, recipe, decision(True))
    run = models.client.get_run(models.runs.run_id(version))
    assert run.data.params["fingerprint"] == trained.model.card.fingerprint
    assert run.data.params["trained_from"] == trained.model.card.trained_from
    assert run.data.params["train_rows"] == str(trained.facts["train_rows"])
    assert {"code_version", "cutoff", "held_out_until", "seed"} <= set(run.data.params)
    assert run.data.metrics["train_seconds"] == COSTS.train_seconds
    assert run.data.metrics["train_peak_bytes"] == COSTS.train_peak_bytes
    assert models.runs.recipe_of(run.info.run_id)["economics"] == recipe.economics.model_dump()
    assert models.runs.tuning(version).equals(trained.tuning)
    names = {item.path for item in models.client.list_artifacts(run.info.run_id)}
    assert {"model_card.md", "settings.json", "tuning.parquet", "bundle"} <= names
    text = Path(models.client.download_artifacts(run.info.run_id, "model_card.md")).read_text()
    assert f"alerted from {trained.model.card.threshold:.4f} on" in text
    assert "2 of 2" in text
    assert "| cost | 12 s, at most 2.0 GB in the whole process |" in text


def test_a_training_that_was_cut_off_registers_nothing_and_its_run_says_so(
    models: Registry, trained: Trained, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = models.versions()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RunFiles, "add_text", interrupt)
        with pytest.raises(KeyboardInterrupt):
            registered(models, trained, recipe, decision(True))
    killed_run = models.client.create_run(models.runs.experiment_id()).info.run_id
    assert models.runs.close_interrupted() == 1
    assert models.runs.close_interrupted() == 0
    assert models.versions() == before
    states = [run.info.status for run in models.client.search_runs([models.runs.experiment_id()])]
    assert states.count("FAILED") == states.count("KILLED") == 1
    assert models.client.get_run(killed_run).info.status == "KILLED"
