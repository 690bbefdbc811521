"""A mart to judge on, made of rows alone."""

from unittest.mock import MagicMock

import pandas as pd

from ml.evaluation.judged_mart import JudgedMart
from ml.mart.columns import MartColumns
from ml.training.data import HeldOutData, TrainingData
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit


def mart_of(rows: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit) -> JudgedMart:
    """All of `rows` before the cutoff and none after it."""
    nightly = rows[rows["as_of"].dt.hour == recipe.fleet.scoring_hour]
    held_out = HeldOutData(rows.head(0), pd.DataFrame(), recipe.fleet.scoring_hour)
    return JudgedMart(recipe, TrainingData(rows, nightly, columns, split), held_out, MagicMock(), [])
