"""A mart that is too poor to learn from is judged without the refitted recipe, and that is said."""

from unittest.mock import MagicMock

import pandas as pd

from ml.evaluation.evaluate import _Mart, _refitted
from ml.mart.columns import ANY, MartColumns
from ml.training.data import HeldOutData, TrainingData
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit


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
    assert found.note.startswith("The recipe is not refitted on one mart: The time before the first fold holds 0")
