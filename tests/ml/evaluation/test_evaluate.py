"""A mart that is too poor to learn from is judged without the refitted recipe; a scenario answers as a night does."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import evaluate as whole
from ml.evaluation import fold_scenarios as folds_module
from ml.evaluation.contenders import Answer
from ml.evaluation.decision import CHALLENGER, CHAMPION
from ml.evaluation.evaluate import _judge, _Mart, _refitted, evaluate
from ml.evaluation.fold_scenarios import fold_scenarios
from ml.evaluation.logistic import LOGISTIC
from ml.evaluation.naive_rules import RULES
from ml.evaluation.scenarios import CONFIGURED, GRID, REFITTED, rebuilt_marts, scenarios
from ml.mart.columns import ANY, MartColumns
from ml.mart.silence import reading_counts
from ml.models.version import ModelVersion
from ml.training.data import HeldOutData, TrainingData
from ml.training.recipe import Recipe
from ml.training.shortage import NothingToJudge
from ml.training.time_split import TimeSplit
from ml.training.train import Trained
from settings import Settings


def mart_of(rows: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit) -> _Mart:
    nightly = rows[rows["as_of"].dt.hour == recipe.fleet.scoring_hour]
    held_out = HeldOutData(rows.head(0), pd.DataFrame(), recipe.fleet.scoring_hour)
    return _Mart(recipe, TrainingData(rows, nightly, columns, split), held_out, MagicMock(), [])


def test_the_recipe_is_refitted_for_any_failure_alone(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    found = _refitted(mart_of(mart, columns, recipe, split))
    assert found.refitted is not None
    assert found.refitted.card.targets == (ANY,)
    assert found.note == ""


def test_too_few_failures_leave_a_note_and_no_model(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    found = _refitted(mart_of(mart.assign(fails_any=0.0), columns, recipe, split))
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
        whole, "ask_logistic", lambda _, rows: Answer(np.full(len(rows), 0.5), np.ones(len(rows), bool))
    )
    poor = replace(mart_of(mart, columns, recipe, split), held_out=held_out, counts=counts, refitted=trained.model)
    [scenario] = [one for one in scenarios(recipe.fleet) if one.name == name]
    judged, answers = _judge(scenario, poor, {CHAMPION: trained.model})
    silent = (judged.rows["machine_id"] == "m4").to_numpy() | (name == "without telemetry")
    for model in (CHAMPION, REFITTED, LOGISTIC):
        assert np.array_equal(answers[model].answered, ~silent), model
        assert not answers[model].alerts[silent].any(), model
    assert all(answers[rule].answered.all() for rule in RULES)


def test_folds_answer_as_a_night_does(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit, settings: Settings, trained: Trained
) -> None:
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    rows = mart.copy()
    rows.loc[rows["machine_id"] == "m4", counts] = 0
    failures = pd.DataFrame(columns=["machine_id", "component", "failed_at"])
    found = fold_scenarios(trained.tuning, 0.1, mart_of(rows, columns, recipe, split).data, failures, recipe, counts)
    assert len(found) == len(split.folds)
    for judged, answers in found.values():
        assert np.array_equal(answers[REFITTED].answered, (judged.rows["machine_id"] != "m4").to_numpy())


def test_the_rules_of_a_fold_know_what_came_before_it(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit, trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked = MagicMock(return_value={})
    monkeypatch.setattr(folds_module, "ask_rules", asked)
    data = mart_of(mart, columns, recipe, split).data
    fold_scenarios(trained.tuning, 0.1, data, pd.DataFrame(columns=["machine_id", "component", "failed_at"]), recipe,
                   ["volt_n_12h"])  # fmt: skip
    assert [call.args[2].train_end for call in asked.call_args_list] == [fold.train_end for fold in split.folds]


def test_nothing_is_judged_on_nights_that_any_contender_has_learned_from(
    settings: Settings, recipe: Recipe, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = trained.model.cutoff + timedelta(days=5)
    newer = replace(trained.model, card=replace(trained.model.card, cutoff=str(later)))
    asked = MagicMock()
    for name in ("connect", "load_training_data", "fit_logistic"):
        monkeypatch.setattr(whole, name, MagicMock())
    known_until = later + timedelta(days=20)
    monkeypatch.setattr(whole, "labels_known_until", lambda *_: known_until)
    monkeypatch.setattr(whole, "load_held_out", asked)
    whole._load(recipe, Path("x"), settings.workspace, {CHAMPION: trained.model, CHALLENGER: newer})
    assert asked.call_args.args[1] == later
    assert asked.call_args.args[2] < known_until - timedelta(hours=recipe.fleet.horizon_hours - 1)


def test_what_no_held_out_night_can_tell_is_noted_and_left_out(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit, settings: Settings, trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    rows = mart[mart["as_of"] > split.holdout_start].reset_index(drop=True)
    failures = pd.DataFrame(columns=["machine_id", "component", "failed_at"]).astype({"failed_at": "datetime64[us]"})
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    full = replace(mart_of(mart, columns, recipe, split), counts=counts,
                   held_out=HeldOutData(rows, failures, recipe.fleet.scoring_hour))  # fmt: skip
    empty = replace(full, held_out=HeldOutData(rows.head(0), failures, recipe.fleet.scoring_hour))
    monkeypatch.setattr(whole, "_load", lambda of, *_: full if of.fleet == recipe.fleet else empty)
    monkeypatch.setattr(whole, "_with_hist_boosting", lambda mart: mart)
    monkeypatch.setattr(whole, "_refitted", lambda mart: mart)
    monkeypatch.setattr(whole, "recipe_of", lambda _: recipe)
    monkeypatch.setattr(
        whole, "ask_logistic", lambda _, rows: Answer(np.full(len(rows), 0.5), np.ones(len(rows), bool))
    )
    champion = (trained.model, ModelVersion("nightshift", "1"))
    names = list(rebuilt_marts(recipe.fleet))
    result = evaluate(champion, None, trained.tuning, dict.fromkeys(names, Path("x")), settings)
    assert {CONFIGURED, GRID} <= set(result.judged) == set(result.table["scenario"])
    assert len(result.notes) == 4
    assert result.notes[0] == f"{names[0]} is not judged: no held-out night has an outcome that is known there."
    monkeypatch.setattr(whole, "_load", lambda *_: empty)
    with pytest.raises(NothingToJudge, match=f"No night since {trained.model.cutoff} has a known outcome yet"):
        evaluate(champion, None, trained.tuning, {}, settings)
