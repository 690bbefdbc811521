"""When a new model is called for: each rule, and where its facts come from."""

from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import MagicMock

import duckdb
import pandas as pd
import pytest

from ml import retraining, train_step
from ml.promotion import Decision
from ml.publish import publish
from ml.retraining import retraining_reason, retraining_verdict
from ml.score import ModelVersion
from ml.train_step import train_challenger
from settings import Retraining, Settings

RULES = Retraining(sustained_nights=3, quality_nights=28, quality_drop=0.1, cooldown_days=14)
TONIGHT = datetime(2025, 6, 30, 6)
DAY = timedelta(days=1)
LONG_AGO = TONIGHT - 100 * DAY


def nights(drifted: str, fallen: bool = False, version: str = "1") -> pd.DataFrame:
    """One letter a night up to TONIGHT: d drifted, l lost readings alone, s steady, n not judged."""
    frame = pd.DataFrame({
        "as_of": [TONIGHT - back * DAY for back in reversed(range(len(drifted)))],
        "drifted": [letter in "dl" for letter in drifted],
        "moved": [letter == "d" for letter in drifted],
        "judged": [letter != "n" for letter in drifted],
        "model_version": version,
        "quality": 0.4, "quality_high": 0.5, "quality_at_gate": 0.7, "quality_fallen": False,
    })  # fmt: skip
    frame.loc[frame.index[-1], "quality_fallen"] = fallen
    return frame


@pytest.mark.parametrize(
    ("drifted", "asked"),
    [("sddd", True), ("ddd", True), ("dddd", True), ("dd", False), ("dsdd", False), ("ddds", False), ("sss", False),
     ("ddnd", True), ("dnd", False), ("dddn", False), ("nnn", False),
     ("llll", False), ("ddld", False)],
)  # fmt: skip
def test_drift_must_last(drifted: str, asked: bool) -> None:
    reason = retraining_reason(nights(drifted), LONG_AGO, RULES)
    assert (reason is not None) == asked
    assert reason is None or "3 judged nights in a row" in reason
    assert retraining_reason(nights(drifted).sample(frac=1, random_state=3), LONG_AGO, RULES) == reason


def test_fallen_quality_needs_drift_tonight_and_no_row_of_nights() -> None:
    reason = retraining_reason(nights("sssd", fallen=True), LONG_AGO, RULES)
    assert reason == ("drift on 2025-06-30, and average precision fell from 0.70 at the gate to 0.40 (at most 0.50)")
    assert retraining_reason(nights("ddds", fallen=True), LONG_AGO, RULES) is None
    assert retraining_reason(nights("sssd"), LONG_AGO, RULES) is None


@pytest.mark.parametrize(("days", "asked"), [(0, False), (13, False), (14, True), (-30, False)])
def test_not_so_soon_after_the_last_training(days: int, asked: bool) -> None:
    """A training on data later than the night (history played again) stands in the way as well."""
    for found in (nights("ddd"), nights("d", fallen=True)):
        assert (retraining_reason(found, TONIGHT - days * DAY, RULES) is not None) == asked


def test_without_any_training_on_record_drift_alone_decides() -> None:
    assert retraining_reason(nights("ddd"), None, RULES)


def test_what_an_earlier_champion_drifted_from_says_nothing() -> None:
    found = nights("ddd")
    found.loc[found.index[0], "model_version"] = "0"
    assert retraining_reason(found, LONG_AGO, RULES) is None


def test_no_night_no_reason() -> None:
    assert retraining_reason(pd.DataFrame(), None, RULES) is None


def test_nights_judged_by_an_older_version_count_as_not_judged() -> None:
    found = nights("ddd").astype({"judged": object, "moved": object, "quality_fallen": object})
    found.loc[found.index[:1], ["judged", "moved", "quality_fallen"]] = float("nan")
    assert retraining_reason(found, LONG_AGO, RULES) is None
    found.loc[found.index[-1], ["judged", "moved", "quality_fallen"]] = float("nan")
    assert retraining_reason(found, LONG_AGO, RULES) is None


class Models:
    """As much of the registry as is asked."""

    def __init__(self, trained_at: datetime | None) -> None:
        self.trained_at = trained_at
        self.triggers: list[str] = []

    def finish_promotion(self) -> None: ...

    def close_interrupted(self) -> None: ...

    def find_champion(self) -> None: ...

    def register(self, trained: object, settings: Settings, decision: Decision, trigger: str) -> ModelVersion:
        self.triggers.append(trigger)
        return ModelVersion("nightshift", "2")

    def record(self, version: ModelVersion, decision: Decision) -> None: ...

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
    for name in ("load_training_data", "load_held_out", "train", "publish_promotions"):
        monkeypatch.setattr(train_step, name, MagicMock())
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
    monkeypatch.setattr(retraining, "registry", lambda settings: Models(LONG_AGO))
    published(home, {"drift_nights": nights("ddd")})
    with duckdb.connect(str(home.paths.warehouse)):
        verdict = retraining_verdict(home)
    assert verdict.night == TONIGHT
    assert verdict.reason == retraining_reason(nights("ddd"), LONG_AGO, RULES)


def test_why_nothing_is_asked_is_said(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retraining, "registry", lambda settings: Models(TONIGHT - DAY))
    assert "No night has been judged" in retraining_verdict(home).why_not
    published(home, {"other": pd.DataFrame({"a": [1]})})
    assert "No night has been judged" in retraining_verdict(home).why_not
    published(home, {"drift_nights": nights("ddd")})
    verdict = retraining_verdict(home)
    assert verdict.reason is None
    assert "2025-06-30 drifted; models were last judged on nights until 2025-06-29" in verdict.why_not
