"""Folds and held-out nights: as asked wherever that can be trained on, else the largest that can, and it is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.training.recipe import Recipe, recipe_of
from ml.training.shortage import lack_of
from ml.training.shrinking import LEAST_NIGHTS, fitting_recipe
from ml.training.time_split import time_split
from settings import load_settings

ASKED = recipe_of(load_settings(env={}))
KNOWN, DAY = datetime(2025, 6, 1, 6), timedelta(days=1)
STEP = timedelta(hours=ASKED.fleet.snapshot_every_hours)


def failing(days_ago: list[int]) -> pd.DataFrame:
    """The rows before failures that lie so many days before KNOWN, each on a machine of its own."""
    rows = [
        {"machine_id": f"m{at}", "as_of": KNOWN - ago * DAY - back * STEP}
        for at, ago in enumerate(days_ago) for back in range(1, 9)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["machine_id", "as_of"])


def sizes(recipe: Recipe) -> tuple[int, int, int]:
    return recipe.evaluation.holdout_nights, recipe.training.folds, recipe.training.fold_nights


def test_what_can_be_trained_on_is_left_as_it_is() -> None:
    assert fitting_recipe(ASKED, KNOWN, failing(list(range(2, 120, 4)))) == (ASKED, "")


def test_a_short_history_has_fewer_nights_and_says_so() -> None:
    """Forty days of failures do not hold thirty held-out nights, thirty of folds, and anything before them."""
    taken, told = fitting_recipe(ASKED, KNOWN, failing(list(range(2, 40, 2))))
    held_out, _, fold_nights = sizes(taken)
    assert LEAST_NIGHTS <= held_out < 30
    assert LEAST_NIGHTS <= fold_nights <= 10
    assert f"30 held-out nights and 3 folds of 10 nights, as workspace.toml asks: {held_out} held-out nights" in told
    assert replace(taken, training=ASKED.training, evaluation=ASKED.evaluation) == ASKED, "nothing else has changed"


@pytest.mark.parametrize("days_ago", [[], [5, 10], [2, 3, 4, 5], [1] * 20])
def test_where_nothing_can_be_trained_on_all_is_as_asked(days_ago: list[int]) -> None:
    assert fitting_recipe(ASKED, KNOWN, failing(days_ago)) == (ASKED, "")


def test_the_day_of_the_fifth_failure_is_the_day_of_the_first_model() -> None:
    """Machines fail every fourth day from day 0 on; what is known of a day is known a day later."""
    trainable = []
    for today in range(60):
        known = KNOWN + today * DAY
        rows = failing([-day for day in range(0, today, 4)])
        taken, _ = fitting_recipe(ASKED, known, rows)
        trainable.append(lack_of(rows, time_split(known, taken), STEP) is None)
    first = trainable.index(True)
    assert 17 <= first <= 26, "five failures, and the fewest nights that can be held out after them"
    assert all(trainable[first:]), "once there is a model, there always can be one"


@settings(max_examples=25)
@given(st.lists(st.integers(1, 150), max_size=30))
def test_a_smaller_recipe_is_taken_only_where_it_can_be_trained_on(days_ago: list[int]) -> None:
    rows = failing(days_ago)
    taken, told = fitting_recipe(ASKED, KNOWN, rows)
    assert all(small <= large for small, large in zip(sizes(taken), sizes(ASKED), strict=True))
    assert bool(told) == (taken != ASKED)
    if told:
        assert lack_of(rows, time_split(KNOWN, ASKED), STEP) is not None
        assert lack_of(rows, time_split(KNOWN, taken), STEP) is None
