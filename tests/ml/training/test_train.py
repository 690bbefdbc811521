from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.mart.columns import ANY, MartColumns
from ml.metrics.costs import prudent_threshold
from ml.models.model import load_model, save_model
from ml.training.bagging import raw_scores
from ml.training.cross_fit import cross_fit, fit_all
from ml.training.recipe import Recipe
from ml.training.shortage import NotEnoughHistory
from ml.training.time_split import TimeSplit, within
from ml.training.train import Trained, train


def test_learns_what_is_there_to_learn(trained: Trained) -> None:
    assert trained.metrics["folds_average_precision"] > 0.5
    assert trained.metrics["folds_average_precision"] > 5 * trained.model.card.prevalence


def test_rows_the_split_may_not_see_change_nothing(
    trained: Trained, mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    """What is held out, or lies in the gap before it, must not touch a single tree, calibrator or threshold."""
    hidden = mart["as_of"] > split.train_end
    assert hidden.sum() > 100
    spoiled = mart.copy()
    spoiled.loc[hidden, ["fails_any", "fails_comp1", "volt_shift_24h"]] = [1.0, 1.0, -99.0]
    nightly = spoiled[spoiled["as_of"].dt.hour == recipe.fleet.scoring_hour]
    again = train(spoiled, nightly, columns, recipe, split)
    assert replace(again.model.card, fingerprint="") == replace(trained.model.card, fingerprint="")
    assert again.model.log_odds(mart).equals(trained.model.log_odds(mart))


def test_a_fold_is_judged_by_a_model_that_knew_nothing_of_it(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    """Spoil a fold and all that follows, and the gap before it: its scores may move with its features only."""
    last = split.folds[-1]
    spoiled = mart.copy()
    spoiled.loc[spoiled["as_of"] > last.train_end, ["fails_any", "fails_comp1"]] = 0.0
    spoiled.loc[spoiled["as_of"].between(last.train_end, last.start, inclusive="right"), "volt_shift_24h"] = -99.0
    given = (columns, split.folds, recipe.fleet, recipe.training)
    before, after = (cross_fit(rows, *given).boosters[ANY][-1] for rows in (mart, spoiled))
    judged = within(mart, last.start, last.end)
    assert len(before) == recipe.training.bags
    assert np.array_equal(raw_scores(before, judged, columns), raw_scores(after, judged, columns))


def test_the_same_data_and_seed_give_the_same_bytes(
    trained: Trained, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe,
    split: TimeSplit, tmp_path: Path,
) -> None:  # fmt: skip
    save_model(trained.model, tmp_path / "first")
    save_model(train(mart, nightly, columns, recipe, split).model, tmp_path / "again")
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == ["any.cbm", "comp1.cbm", "nightshift.json"]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    loaded = load_model(tmp_path / "first")
    assert loaded.card == trained.model.card
    assert loaded.log_odds(mart).equals(trained.model.log_odds(mart))


@pytest.mark.parametrize("threads", [1, 3])
def test_how_many_are_fitted_side_by_side_changes_no_byte(
    trained: Trained, mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, tmp_path: Path, threads: int
) -> None:
    training = recipe.training.model_copy(update={"threads": threads})
    rows = within(mart, trained.split.train_start, trained.split.train_end)
    again = fit_all(rows, columns, trained.model.card.learned, int(trained.facts["trees"]), recipe.fleet, training)
    for target, booster in again.items():
        files = tmp_path / "first.cbm", tmp_path / "again.cbm"
        for model, file in zip((trained.model.boosters[target], booster), files, strict=True):
            model.save_model(str(file))
        assert files[0].read_bytes() == files[1].read_bytes()


def test_another_seed_gives_another_fingerprint(
    trained: Trained, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe,
    split: TimeSplit,
) -> None:  # fmt: skip
    other = replace(recipe, training=recipe.training.model_copy(update={"seed": 8}))
    again = train(mart, nightly, columns, other, split)
    assert again.model.card.fingerprint != trained.model.card.fingerprint


def test_the_threshold_is_the_cheapest_on_the_folds(trained: Trained, recipe: Recipe) -> None:
    tuning = trained.tuning
    assert tuning["as_of"].min() > trained.split.folds[0].start
    assert tuning["as_of"].max() <= trained.split.train_end
    assert trained.model.card.threshold == prudent_threshold(
        tuning["probability"].to_numpy(), tuning["failed"].to_numpy(), tuning["as_of"].nunique(),
        recipe.economics,
    )  # fmt: skip


def test_a_component_that_never_failed_keeps_a_small_constant(trained: Trained, mart: pd.DataFrame) -> None:
    assert trained.model.card.learned == ("any", "comp1")
    chances = trained.model.probabilities(mart.head(50))
    assert chances["comp2"].nunique() == 1
    assert 0 < chances["comp2"].iloc[0] < 0.001


def test_too_little_history_is_said_in_a_sentence(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    early = mart[mart["as_of"] > split.folds[0].start]
    with pytest.raises(NotEnoughHistory, match=r"the first fold holds no mature row .*, so 5 more.* Land a longer"):
        train(early, nightly, columns, recipe, split)
