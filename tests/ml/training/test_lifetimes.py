from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.mart.lives import HIGH, LOW
from ml.metrics.remaining_metrics import coverage, rmse
from ml.models.model import load_model, save_model
from ml.models.windows import HIGH_END, LOW_END, MEDIAN, REMAINING
from ml.remaining.targets import known_at, truth_of
from ml.training.lifetimes import Lifetimes, learn_lifetimes
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, split_before
from ml.training.train import Trained
from tests.ml.remaining.wear import COLUMNS, START, wear

CAP = 168.0


@pytest.fixture(scope="module")
def life_recipe(recipe: Recipe) -> Recipe:
    training = recipe.training.model_copy(update={"folds": 2, "fold_nights": 20, "outage_share": 0.0, "bags": 2})
    return replace(recipe, training=training)


@pytest.fixture(scope="module")
def life_split(life_recipe: Recipe) -> TimeSplit:
    end = START + timedelta(days=119)
    return split_before(end - timedelta(days=30), end, life_recipe)


@pytest.fixture(scope="module")
def fleet_rows() -> pd.DataFrame:
    return wear(machines=30)


@pytest.fixture(scope="module")
def learned(fleet_rows: pd.DataFrame, life_recipe: Recipe, life_split: TimeSplit) -> Lifetimes:
    rows = fleet_rows[fleet_rows["as_of"] <= life_split.train_end]
    return learn_lifetimes(rows, COLUMNS, life_split, life_recipe)


@pytest.fixture
def timed(trained: Trained, learned: Lifetimes) -> Trained:
    """A model that knows when, of its own columns."""
    card = replace(trained.model.card, features=COLUMNS.features, categorical=(), remaining=learned.card)
    return replace(trained, model=replace(trained.model, card=card, remaining=learned.booster))


def test_windows_hold_on_nights_that_nothing_was_learnt_from(
    timed: Trained, fleet_rows: pd.DataFrame, life_recipe: Recipe, life_split: TimeSplit
) -> None:
    later = fleet_rows[fleet_rows["as_of"] > life_split.holdout_start]
    known = known_at(later, START + timedelta(days=120), CAP, life_recipe.fleet)
    truth, found = truth_of(known, CAP), timed.model.windows(known)
    low, high = found[LOW_END].to_numpy(), found[HIGH_END].to_numpy()
    assert 0.65 < coverage(truth, low, high, np.ones(len(known))) < 0.93
    assert (~np.isnan(low)).sum() > 100
    far = (known[LOW] >= CAP).to_numpy()
    assert np.isnan(low[far]).mean() > 0.5  # not within a week: no number
    assert rmse(truth, timed.model.remaining_point(known), np.ones(len(known))) < 35
    assert (found[MEDIAN].isna() | (found[MEDIAN] >= found[LOW_END])).all()


def test_what_lies_after_the_held_out_nights_begin_changes_nothing(
    learned: Lifetimes, fleet_rows: pd.DataFrame, life_recipe: Recipe, life_split: TimeSplit
) -> None:
    """A failure of the held-out nights ends a life that a training row began: nobody knew."""
    rows = fleet_rows[fleet_rows["as_of"] <= life_split.train_end].copy()
    ahead = (life_split.holdout_start - rows["as_of"]).dt.total_seconds() / 3600
    unknown = rows[LOW] > ahead
    assert unknown.sum() > 100
    rows.loc[unknown, LOW], rows.loc[unknown, HIGH] = ahead[unknown] + 1.0, ahead[unknown] + 1.0
    again = learn_lifetimes(rows, COLUMNS, life_split, life_recipe)
    assert again.card == learned.card
    assert again.metrics == learned.metrics


def test_a_fold_knows_nothing_of_what_came_after_it_began(
    learned: Lifetimes, fleet_rows: pd.DataFrame, life_recipe: Recipe, life_split: TimeSplit
) -> None:
    """What the first fold's booster learnt from stays, whatever its rows' lives came to later."""
    first = life_split.folds[0]
    rows = fleet_rows[fleet_rows["as_of"] <= life_split.train_end].copy()
    before = rows["as_of"] <= first.train_end
    ahead = (first.start - rows["as_of"]).dt.total_seconds() / 3600
    later = before & (rows[LOW] > ahead)
    rows.loc[later, LOW], rows.loc[later, HIGH] = ahead[later] + 1.0, ahead[later] + 1.0
    one = replace(life_split, folds=(first,))
    changed = learn_lifetimes(rows, COLUMNS, one, life_recipe).metrics
    assert changed == learn_lifetimes(
        fleet_rows[fleet_rows["as_of"] <= life_split.train_end], COLUMNS, one, life_recipe
    ).metrics  # fmt: skip


def test_a_saved_model_says_when_as_before(timed: Trained, fleet_rows: pd.DataFrame, tmp_path: Path) -> None:
    model = replace(timed.model, boosters={}, card=replace(timed.model.card, learned=()))
    save_model(model, tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.card == model.card
    asked = fleet_rows.head(50)
    assert loaded.windows(asked).equals(model.windows(asked))


def test_a_model_without_that_part_says_nothing(trained: Trained, mart: pd.DataFrame) -> None:
    found = trained.model.windows(mart.head(5))
    assert list(found) == list(REMAINING)
    assert found.isna().all(axis=None)
    assert np.isnan(trained.model.remaining_point(mart.head(5))).all()


def test_rows_of_which_no_life_is_known_teach_nothing(mart: pd.DataFrame, recipe: Recipe, split: TimeSplit) -> None:
    assert learn_lifetimes(mart, COLUMNS, split, recipe) == Lifetimes()
