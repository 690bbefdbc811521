"""One mart of an evaluation: what is refitted on it, and that a scenario answers as a night does."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import judged_mart
from ml.evaluation.contenders import Answer
from ml.evaluation.decision import CHALLENGER, CHAMPION
from ml.evaluation.judged_mart import judge, open_mart, refitted
from ml.evaluation.logistic import LOGISTIC
from ml.evaluation.naive_rules import RULES
from ml.evaluation.scenarios import REFITTED, scenarios
from ml.mart.columns import ANY, MartColumns
from ml.mart.silence import reading_counts
from ml.training.data import HeldOutData
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit
from ml.training.train import Trained
from settings import Settings
from tests.ml.evaluation.marts import mart_of


def test_the_recipe_is_refitted_for_any_failure_alone(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    found = refitted(mart_of(mart, columns, recipe, split))
    assert found.refitted is not None
    assert found.refitted.card.targets == (ANY,)
    assert found.note == ""


def test_too_few_failures_leave_a_note_and_no_model(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    found = refitted(mart_of(mart.assign(fails_any=0.0), columns, recipe, split))
    assert found.refitted is None
    assert found.note.startswith("The recipe is not refitted on one mart: There is too little to learn from: the time ")


@pytest.mark.parametrize("name", ["without telemetry", "as configured", "without errors"])
def test_no_model_answers_for_a_machine_without_readings(
    name: str, mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit, settings: Settings,
    trained: Trained, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """One machine is silent in every scenario, and all of them without telemetry; the rules ask whatever is there."""
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    rows = mart[mart["as_of"] > split.holdout_start].reset_index(drop=True)
    rows.loc[rows["machine_id"] == "m4", counts] = 0
    failures = pd.DataFrame(columns=["machine_id", "component", "failed_at"])
    held_out = HeldOutData(rows, failures, recipe.fleet.scoring_hour)
    monkeypatch.setattr(
        judged_mart, "ask_logistic", lambda _, rows: Answer(np.full(len(rows), 0.5), np.ones(len(rows), bool))
    )
    poor = replace(mart_of(mart, columns, recipe, split), held_out=held_out, counts=counts, refitted=trained.model)
    [scenario] = [one for one in scenarios(recipe.fleet) if one.name == name]
    judged, answers = judge(scenario, poor, {CHAMPION: trained.model})
    silent = (judged.rows["machine_id"] == "m4").to_numpy() | (name == "without telemetry")
    for model in (CHAMPION, REFITTED, LOGISTIC):
        assert np.array_equal(answers[model].answered, ~silent), model
        assert not answers[model].alerts[silent].any(), model
    assert all(answers[rule].answered.all() for rule in RULES)


def test_nothing_is_judged_on_nights_that_any_contender_has_learned_from(
    settings: Settings, recipe: Recipe, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = trained.model.cutoff + timedelta(days=5)
    newer = replace(trained.model, card=replace(trained.model.card, cutoff=str(later)))
    asked = MagicMock()
    for name in ("connect", "load_training_data", "fit_logistic"):
        monkeypatch.setattr(judged_mart, name, MagicMock())
    known_until = later + timedelta(days=20)
    monkeypatch.setattr(judged_mart, "labels_known_until", lambda *_: known_until)
    monkeypatch.setattr(judged_mart, "load_held_out", asked)
    open_mart(recipe, Path("x"), settings.workspace, {CHAMPION: trained.model, CHALLENGER: newer})
    assert asked.call_args.args[1] == later
    assert asked.call_args.args[2] < known_until - timedelta(hours=recipe.fleet.horizon_hours - 1)
