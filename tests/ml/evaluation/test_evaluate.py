"""What no held-out night can tell is left out, and folds answer as nights do."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import evaluate as whole
from ml.evaluation import fold_scenarios as folds_module
from ml.evaluation import judged_mart
from ml.evaluation.contenders import Answer
from ml.evaluation.evaluate import evaluate
from ml.evaluation.fold_scenarios import fold_scenarios
from ml.evaluation.scenarios import CONFIGURED, GRID, REFITTED, rebuilt_marts
from ml.mart.columns import MartColumns
from ml.mart.silence import reading_counts
from ml.models.version import ModelVersion
from ml.training.data import HeldOutData
from ml.training.recipe import Recipe
from ml.training.shortage import NothingToJudge
from ml.training.time_split import TimeSplit
from ml.training.train import Trained
from settings import Settings
from tests.ml.evaluation.marts import mart_of


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
    monkeypatch.setattr(whole, "open_mart", lambda of, *_: full if of.fleet == recipe.fleet else empty)
    monkeypatch.setattr(whole, "with_hist_boosting", lambda mart: mart)
    monkeypatch.setattr(whole, "refitted", lambda mart: mart)
    monkeypatch.setattr(whole, "recipe_of", lambda _: recipe)
    monkeypatch.setattr(
        judged_mart, "ask_logistic", lambda _, rows: Answer(np.full(len(rows), 0.5), np.ones(len(rows), bool))
    )
    champion = (trained.model, ModelVersion("nightshift", "1"))
    names = list(rebuilt_marts(recipe.fleet))
    result = evaluate(champion, None, trained.tuning, dict.fromkeys(names, Path("x")), settings)
    assert {CONFIGURED, GRID} <= set(result.judged) == set(result.table["scenario"])
    assert len(result.notes) == 4
    assert result.notes[0] == f"{names[0]} is not judged: no held-out night has an outcome that is known there."
    monkeypatch.setattr(whole, "open_mart", lambda *_: empty)
    with pytest.raises(NothingToJudge, match=f"No night since {trained.model.cutoff} has a known outcome yet"):
        evaluate(champion, None, trained.tuning, {}, settings)
