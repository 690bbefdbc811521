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
from ml.evaluation.gate import Decision
from ml.models.version import ModelVersion
from ml.registry.registry import NoChampion, Registry
from ml.training.train import Trained
from settings import ROOT, Settings

FIGURES = {"challenger": {"average_precision": 0.9, "failures": 2.0, "failures_caught": 2.0, "needless_visits": 0.0,
                          "precision": 1.0, "recall": 1.0, "cost": 300.0}}  # fmt: skip

# Kills itself between the gate's verdict and the move of the alias, or just after the move.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from ml.registry.registry import Registry
from ml.evaluation.gate import Decision
from ml.models.version import ModelVersion
from settings import load_settings
settings = load_settings()
models = Registry(settings.paths, settings.workspace.mlflow)
client = type(models.client)
def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(client, sys.argv[2], die)
decision = Decision(True, True, "better", 10, 2, "2025-01-01", "2025-01-02", {})
models.record(ModelVersion(settings.workspace.mlflow.model_name, sys.argv[1]), decision)
"""


def decision(promoted: bool, trusted: bool = True) -> Decision:
    return Decision(promoted, trusted, "because", 10, 2, "2025-01-01 06:00:00", "2025-01-10 06:00:00", FIGURES)


@pytest.fixture(scope="module")
def models(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    paths = settings.paths.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    return Registry(paths, settings.workspace.mlflow)


def registered(models: Registry, trained: Trained, settings: Settings, verdict: Decision) -> ModelVersion:
    return models.register(trained, settings, verdict, render_model_card(trained, verdict, settings))


def champion(models: Registry) -> str | None:
    found = models.find_champion()
    return found[1].version if found else None


def test_the_life_of_a_champion(models: Registry, trained: Trained, settings: Settings) -> None:
    """One story, for a registry takes seconds to make: first, refused, promoted, rolled back, killed twice."""
    assert champion(models) is None
    with pytest.raises(NoChampion, match="nothing to roll back"):
        models.rollback()

    first = registered(models, trained, settings, decision(True, trusted=False))
    assert champion(models) is None, "a registered model scores nothing before the gate has spoken"
    models.record(first, decision(True, trusted=False))
    assert champion(models) == "1"
    assert "version 1 is not to be trusted yet" in models.warnings()[0]
    with pytest.raises(NoChampion, match="nothing to go back to"):
        models.rollback()

    leaky = replace(decision(False), leaks={"volt_mean_3h": 0.99})
    refused = models.register(trained, settings, leaky, "the card", "weekly")
    models.record(refused, leaky)
    assert models.leaks(refused) == {"volt_mean_3h": 0.99}
    assert models.leaks(first) == {}
    assert champion(models) == "1"
    challenger = models.find_challenger()
    assert challenger is not None
    assert challenger[1] == refused
    assert models.known_version(trained.model.card.fingerprint) == (refused, "because")

    second = registered(models, trained, settings, decision(True))
    models.record(second, decision(True))
    assert champion(models) == "3"
    assert models.find_challenger() is None
    assert models.warnings() == []

    assert models.rollback() == (first, second)
    assert champion(models) == "1"
    known = models.known_version(trained.model.card.fingerprint)
    assert known is not None
    assert "was rolled back at" in known[1]
    table = models.promotions()
    assert list(table["model_version"]) == ["1", "2", "3"]
    assert list(table["promoted"]) == [True, False, True]
    assert table["rolled_back_at"].notna().tolist() == [False, False, True]
    assert table["replaced"].isna().tolist() == [True, False, False]
    assert table["trigger"].tolist() == ["asked for", "weekly", "asked for"]
    assert models.client.get_run(models.run_id(refused)).data.tags["trigger"] == "weekly"

    third = registered(models, trained, settings, decision(True))
    killed(models.paths.home, third, "set_registered_model_alias")
    assert champion(models) == "1", "killed before the alias moved: the old champion, whole"
    models.finish_promotion()
    assert champion(models) == "4"
    assert models.find_challenger() is None

    fourth = registered(models, trained, settings, decision(True))
    killed(models.paths.home, fourth, "delete_registered_model_alias")
    assert champion(models) == "5", "killed after the alias moved: the new champion, whole"
    assert models.rollback() == (third, fourth)
    models.finish_promotion()
    assert champion(models) == "4", "what was rolled back stays so, whatever was interrupted before"


def killed(home: Path, version: ModelVersion, at: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, version.version, at], cwd=ROOT, env={"NIGHTSHIFT_HOME": str(home), "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_what_drift_and_retraining_ask_of_it(
    trained: Trained, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    paths = settings.paths.model_copy(update={"home": tmp_path_factory.mktemp("other")})
    models = Registry(paths, settings.workspace.mlflow)
    assert models.last_trained_at() is None
    judged = registered(models, trained, settings, decision(True))
    assert math.isnan(models.promised_average_precision(judged)), "the gate has not spoken yet"
    models.record(judged, decision(True))
    assert models.promised_average_precision(judged) == FIGURES["challenger"]["average_precision"]
    assert models.last_trained_at() == datetime(2025, 1, 10, 6)
    refused = replace(decision(False), held_out_until="2025-02-10 06:00:00")
    models.record(registered(models, trained, settings, refused), refused)
    assert models.last_trained_at() == datetime(2025, 2, 10, 6), "a refused challenger has been trained all the same"
    empty = replace(decision(False), held_out_until="NaT")
    models.record(registered(models, trained, settings, empty), empty)
    assert models.last_trained_at() == datetime(2025, 2, 10, 6)


def test_the_run_tells_all_that_made_the_model(models: Registry, trained: Trained, settings: Settings) -> None:
    version = registered(models, trained, settings, decision(True))
    run = models.client.get_run(models.run_id(version))
    assert run.data.params["fingerprint"] == trained.model.card.fingerprint
    assert run.data.params["trained_from"] == trained.model.card.trained_from
    assert run.data.params["train_rows"] == str(trained.facts["train_rows"])
    assert {"code_version", "cutoff", "held_out_until", "seed"} <= set(run.data.params)
    assert run.data.metrics["train_seconds"] > 0
    assert models.settings_of(run.info.run_id)["economics"] == settings.workspace.economics.model_dump()
    assert models.tuning(version).equals(trained.tuning)
    names = {item.path for item in models.client.list_artifacts(run.info.run_id)}
    assert {"model_card.md", "settings.json", "tuning.parquet", "bundle"} <= names
    text = Path(models.client.download_artifacts(run.info.run_id, "model_card.md")).read_text()
    assert f"alerted from {trained.model.card.threshold:.4f} on" in text
    assert "2 of 2" in text
