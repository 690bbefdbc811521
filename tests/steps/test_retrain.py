"""A training that drift calls for: asked of the published nights, and registered with its reason."""

from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import MagicMock

import duckdb
import pandas as pd
import pytest

from delivery.publishing.snapshots import publish
from ml.evaluation.decision import Decision
from ml.mart.columns import ANY, label
from ml.models.version import ModelVersion
from ml.monitoring.retraining import retraining_reason
from ml.registry.run_log import TrainingRun
from settings import Settings
from steps import retrain as retrain_step
from steps import train as train_step
from steps.retrain import retraining_verdict
from steps.train import train_challenger
from tests.ml.monitoring.test_retraining import DAY, LONG_AGO, RULES, TONIGHT, nights

OLD = ModelVersion("nightshift", "1")


class Models:
    """As much of the registry as is asked."""

    def __init__(self, trained_at: datetime | None, champion: ModelVersion | None = OLD) -> None:
        self.trained_at, self.is_champion = trained_at, champion
        self.triggers: list[str] = []
        self.aliases = self.runs = self.decisions = self

    def finish_promotion(self) -> None: ...

    def close_interrupted(self) -> None: ...

    def find_champion(self) -> None: ...

    def register(self, training: TrainingRun) -> ModelVersion:
        self.triggers.append(training.trigger)
        return ModelVersion("nightshift", "2")

    def record(self, version: ModelVersion, decision: Decision, decided_at: datetime) -> None: ...

    def champion(self) -> ModelVersion | None:
        return self.is_champion

    def last_trained_at(self) -> datetime | None:
        return self.trained_at


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    paths = settings.paths.model_copy(update={"home": tmp_path})
    workspace = settings.workspace.model_copy(update={"paths": paths, "retraining": RULES})
    return settings.model_copy(update={"workspace": workspace})


def test_a_training_is_registered_with_what_called_for_it(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    models = Models(None)
    refused = Decision(False, False, "worse", 0, 0, "", "")
    monkeypatch.setattr(train_step, "registry", lambda _: models)
    monkeypatch.setattr(train_step, "_at_the_gate", lambda *_: refused)
    for name in ("load_training_data", "load_held_out", "train", "publish_promotions", "render_model_card"):
        monkeypatch.setattr(train_step, name, MagicMock())
    monkeypatch.setattr(train_step, "labels_known_until", lambda *_: TONIGHT)
    monkeypatch.setattr(train_step, "load_failing", lambda *_: pd.DataFrame(columns=["machine_id", "as_of"]))
    duckdb.connect(str(home.paths.warehouse)).close()
    train_challenger(home, TONIGHT, "drift on 3 nights")
    train_challenger(home, TONIGHT)
    assert models.triggers == ["drift on 3 nights", "asked for"]


def published(settings: Settings, tables: dict[str, pd.DataFrame]) -> None:
    with duckdb.connect() as con:
        for name, frame in tables.items():
            con.register(name, frame)
        publish(con, settings.paths.published, {name: name for name in tables})


def test_the_published_nights_are_asked_while_the_warehouse_is_held(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrain_step, "registry", lambda settings: Models(LONG_AGO))
    published(home, {"drift_nights": nights("ddd")})
    with duckdb.connect(str(home.paths.warehouse)):
        verdict = retraining_verdict(home)
    assert verdict.night == TONIGHT
    assert verdict.reason == retraining_reason(nights("ddd"), LONG_AGO, RULES)


def test_why_nothing_is_asked_is_said(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrain_step, "registry", lambda settings: Models(TONIGHT - DAY))
    assert "No night has been judged" in retraining_verdict(home).why_not
    published(home, {"other": pd.DataFrame({"a": [1]})})
    assert "No night has been judged" in retraining_verdict(home).why_not
    published(home, {"drift_nights": nights("ddd")})
    verdict = retraining_verdict(home)
    assert verdict.reason is None
    assert "2025-06-30 drifted; models were last judged on nights until 2025-06-29" in verdict.why_not


def mart(days_ago: list[int]) -> pd.DataFrame:
    """The published mart of twenty weeks: a row a day, eight before each failure, the last two not known yet."""
    step = timedelta(hours=3)
    quiet = [("quiet", TONIGHT - back * DAY, 0, "mature" if back > 1 else "immature") for back in range(140)]
    before = [(f"m{at}", TONIGHT - ago * DAY - back * step, 1, "mature")
              for at, ago in enumerate(days_ago) for back in range(1, 9)]  # fmt: skip
    return pd.DataFrame([*quiet, *before], columns=["machine_id", "as_of", label(ANY), "label_status"])


def test_the_first_model_is_called_for_by_the_fifth_failure(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrain_step, "registry", lambda settings: Models(None, champion=None))
    assert "No night whose outcome is known" in retraining_verdict(home).why_not
    published(home, {"drift_nights": nights("ddd"), "feature_mart": mart([100, 90, 80, 20])})
    verdict = retraining_verdict(home)
    assert (verdict.night, verdict.reason) == (TONIGHT, None)
    assert "holds 4 failures, and 5 are needed, so 1 more" in verdict.why_not
    published(home, {"drift_nights": nights("ddd"), "feature_mart": mart([100, 90, 80, 70, 20])})
    assert retraining_verdict(home).reason == "the first 5 failures with weeks of readings allow a first model"
    monkeypatch.setattr(retrain_step, "registry", lambda settings: Models(LONG_AGO))
    assert str(retraining_verdict(home).reason).startswith("drift on 3 judged nights"), "a model is there"


def test_a_champion_of_other_vars_is_told_with_what_to_do(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = home.fleet
    models = Models(LONG_AGO)
    card = MagicMock(features=("age", "volt_mean_24h"), targets=fleet.components, horizon_hours=fleet.horizon_hours)
    monkeypatch.setattr(models, "find_champion", lambda: (MagicMock(card=card), OLD))
    monkeypatch.setattr(retrain_step, "registry", lambda settings: models)
    published(home, {"drift_nights": nights("ddd")})
    assert retraining_verdict(home).reason  # without a mart beside it
    with duckdb.connect(str(home.paths.warehouse)) as con:
        con.execute("create table feature_mart (age integer)")
    verdict = retraining_verdict(home)
    assert verdict.reason is None
    assert "version 1 was trained under other vars" in verdict.why_not
    assert "volt_mean_24h. Train one that fits (make train)" in verdict.why_not
