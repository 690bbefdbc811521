"""The folds choose what a model sees: where the signal is, and the first set where they cannot tell."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.mart.columns import ANY, WEIGHT, MartColumns, label
from ml.training.feature_choice import LEAST_MACHINES, FeatureChoice, _chosen, _least_gain, choose_features
from ml.training.recipe import Recipe, recipe_from
from ml.training.time_split import TimeSplit
from ml.training.train import train
from settings import FeatureSet, SettingsError

LEVEL, CHANGE = "volt_mean_24h", "volt_shift_24h"
COLUMNS = MartColumns((LEVEL, CHANGE, "pressure_mean_24h", "pressure_shift_24h"), (ANY,))
SETS = (FeatureSet(name="changes", leave_out=("*_mean_*",)), FeatureSet(name="all"))
MACHINES = 40


def choosing(recipe: Recipe, sets: Sequence[FeatureSet] = SETS) -> Recipe:
    return replace(recipe, training=recipe.training.model_copy(update={"feature_sets": tuple(sets), "bags": 1}))


def made(split: TimeSplit, signal: str, failing_machines: int = MACHINES) -> pd.DataFrame:
    """A row a machine and night of the training span, which fails where `signal` stands high."""
    rng = np.random.default_rng(5)
    nights = pd.date_range(split.folds[0].train_end - pd.Timedelta(days=30), split.holdout_end, freq="D")
    rows = pd.DataFrame([(f"m{m:02}", night) for night in nights for m in range(MACHINES)],
                        columns=["machine_id", "as_of"])  # fmt: skip
    rows = rows.assign(**{name: rng.normal(size=len(rows)) for name in COLUMNS.features}, **{WEIGHT: 1.0})
    may = rows["machine_id"] < f"m{failing_machines:02}"
    return rows.assign(**{label(ANY): ((rows[signal] > 0.7) & may).astype(float)})


def choice(rows: pd.DataFrame, split: TimeSplit, recipe: Recipe) -> FeatureChoice:
    return choose_features(rows, COLUMNS, split.folds, recipe)


def test_levels_are_seen_where_the_signal_is_in_them(split: TimeSplit, recipe: Recipe) -> None:
    found = choice(made(split, LEVEL), split, choosing(recipe))
    assert (found.name, found.columns) == ("all", COLUMNS)
    assert found.average_precision["all"] > 2 * found.average_precision["changes"]
    assert f"changes {found.average_precision['changes']:.3f}" in found.reason


def test_the_first_set_is_kept_where_it_holds_the_signal(split: TimeSplit, recipe: Recipe) -> None:
    """The others hold it too, and do about as well."""
    found = choice(made(split, CHANGE), split, choosing(recipe))
    assert found.name == "changes"
    assert found.columns.features == (CHANGE, "pressure_shift_24h")
    assert found.average_precision["all"] > 0.5


def test_which_set_is_first_does_not_matter_where_only_one_holds_the_signal(split: TimeSplit, recipe: Recipe) -> None:
    levels = FeatureSet(name="levels", leave_out=("*_shift_*",))
    for sets in ((SETS[0], levels), (levels, SETS[0])):
        assert choice(made(split, CHANGE), split, choosing(recipe, sets)).name == "changes"


def test_few_machines_that_fail_choose_nothing(split: TimeSplit, recipe: Recipe) -> None:
    """However loud the signal: so many models fit so few failures that one of them will."""
    few, enough = (made(split, LEVEL, machines) for machines in (LEAST_MACHINES - 1, LEAST_MACHINES))
    kept = choice(few, split, choosing(recipe))
    assert (kept.name, dict(kept.average_precision)) == ("changes", {})
    assert kept.reason == "the first is kept: 9 machines fail within the folds, and 10 are needed to choose"
    assert choice(enough, split, choosing(recipe)).name == "all"


def test_nothing_after_the_folds_is_asked(split: TimeSplit, recipe: Recipe) -> None:
    rows = made(split, CHANGE)
    spoiled = rows.copy()
    hidden = spoiled["as_of"] > split.train_end
    assert hidden.sum() > 100
    spoiled.loc[hidden, [LEVEL, label(ANY)]] = [9.0, 1.0]
    assert choice(spoiled, split, choosing(recipe)) == choice(rows, split, choosing(recipe))


def test_no_figure_depends_on_how_many_folds_are_tried_at_a_time(split: TimeSplit, recipe: Recipe) -> None:
    rows, one = made(split, LEVEL), choosing(recipe)
    three = replace(one, training=one.training.model_copy(update={"threads": 3}))
    assert choice(rows, split, three) == choice(rows, split, replace(one, training=three.training.model_copy(
        update={"threads": 1})))  # fmt: skip


def by_scores(split: TimeSplit, recipe: Recipe, **scores: "pd.Series[float]") -> str:
    """The set that is chosen by made scores of all rows, which fail where `volt_mean_24h` is high."""
    rows = made(split, LEVEL)
    sets = {name: replace(COLUMNS, features=(name,)) for name in scores}
    return _chosen(rows, pd.DataFrame(scores), sets, recipe).name


def test_ties_and_small_gains_keep_the_first(split: TimeSplit, recipe: Recipe) -> None:
    rows, rng = made(split, LEVEL), np.random.default_rng(1)
    noise = pd.Series(rng.normal(size=len(rows)), rows.index)
    failed = rows[label(ANY)]
    assert by_scores(split, recipe, first=noise, second=noise) == "first"
    good, better = failed + 0.80 * noise, failed + 0.79 * noise
    assert by_scores(split, recipe, first=good, second=better) == "first", "a gain, in every draw, and too small"
    assert by_scores(split, recipe, first=good, second=noise, third=failed) == "third"
    assert by_scores(split, recipe, first=noise, second=failed, third=failed) == "second"
    assert by_scores(split, recipe, first=failed, second=noise) == "first"


def test_near_perfect_ranking_half_of_what_is_missing_is_enough() -> None:
    """A gain of a tenth is beyond 1 there; and of next to nothing missing, nothing is worth another model."""
    assert _least_gain(0.3) == pytest.approx(0.03)
    assert _least_gain(0.7) == pytest.approx(0.07)
    assert _least_gain(0.92) == pytest.approx(0.04)
    assert _least_gain(0.95) == pytest.approx(0.025)
    assert 0.97 + _least_gain(0.97) > 1


def test_what_one_machine_gains_is_chance(split: TimeSplit, recipe: Recipe) -> None:
    """One machine out of forty that fails often, and that the second set alone knows: in a third of draws it is out."""
    rows, rng = made(split, LEVEL), np.random.default_rng(1)
    noise = pd.Series(rng.normal(size=len(rows)), rows.index)
    known = noise.where(~((rows["machine_id"] == "m00") & (rows[label(ANY)] == 1)), 99.0)
    assert by_scores(split, recipe, first=noise, second=known) == "first"


def test_without_sets_a_model_sees_all_that_it_may(split: TimeSplit, recipe: Recipe) -> None:
    rows = made(split, LEVEL)
    assert choice(rows, split, choosing(recipe, ())).columns == COLUMNS
    alone = choice(rows, split, choosing(recipe, SETS[:1]))
    assert (alone.name, alone.columns.features) == ("changes", (CHANGE, "pressure_shift_24h"))
    same = choice(rows, split, choosing(recipe, (SETS[1], FeatureSet(name="too", leave_out=("oil_*",)))))
    assert (same.name, same.reason) == ("all", "no other holds other columns")


def test_a_set_that_leaves_nothing_is_named(split: TimeSplit, recipe: Recipe) -> None:
    with pytest.raises(SettingsError, match=r"the feature set `none` of training.feature_sets leaves no column"):
        choice(made(split, LEVEL), split, choosing(recipe, (*SETS, FeatureSet(name="none", leave_out=("*",)))))


def test_a_training_sees_what_was_chosen_and_says_so(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    sets = (FeatureSet(name="blind", leave_out=("*_shift_*",)), FeatureSet(name="few", leave_out=("*_mean_*", "*_n_*")))
    quick = choosing(recipe, sets)
    found = train(mart, nightly, columns, quick, split)
    card = found.model.card
    assert card.feature_set == found.choice.name == found.facts["feature_set"] == "few"
    assert card.features == columns.without(("*_mean_*", "*_n_*")).features
    assert all(booster.feature_names_ == list(card.features) for booster in found.model.boosters.values())
    assert found.metrics["feature_set_few_average_precision"] > found.metrics["feature_set_blind_average_precision"]


def test_a_record_says_the_sets_in_their_order_and_an_older_one_none(recipe: Recipe) -> None:
    ours = choosing(recipe)
    recorded = json.loads(json.dumps(ours.recorded(), sort_keys=True))
    assert recipe_from(recorded, recipe.fleet) == ours
    older = recorded["training"] | {"leave_out": ["*_mean_*"]}
    del older["feature_sets"]
    then = recipe_from(recorded | {"training": older}, recipe.fleet).training
    assert (then.leave_out, then.feature_sets) == (("*_mean_*",), ())
