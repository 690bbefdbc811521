"""CountedProgress as the maths tells it: from nothing to all, each part once, and by no clock."""

import pandas as pd

from ml.mart.columns import MartColumns
from ml.progress import told
from ml.training.cross_fit import distinct
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit
from ml.training.train import train

Told = list[tuple[str, int, int]]


def test_a_part_counts_when_the_next_is_asked_for() -> None:
    heard: Told = []
    parts = told(["a", "b"], "letters read", lambda *said: heard.append(said))
    assert next(parts) == "a"
    assert heard == [("letters read", 0, 2)]
    assert list(parts) == ["b"]
    assert heard == [("letters read", done, 2) for done in range(3)]


def test_a_training_tells_of_every_model_that_it_fits(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    heard: Told = []
    made = train(mart, nightly, columns, recipe, split, lambda *said: heard.append(said))
    fits = len(distinct(mart, columns.targets)) * len(split.folds) + len(distinct(mart, made.model.card.learned))
    assert heard == [("models fitted", done, fits) for done in range(fits + 1)]
