"""Which columns a model sees: the folds choose between the feature sets of the settings.

Where each machine has a level of its own, only its changes speak of a failure, and levels are so many more columns in
which chance finds a pattern; where a level means the same on every machine, as the errors that a drive has counted in
its life, it says most of all. No list suits both, and no held-out night may be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.mart.columns import ANY, WEIGHT, MartColumns, label
from ml.metrics.bootstrap import average_precisions, machine_weights
from ml.metrics.row_metrics import ranking_metrics
from ml.progress import CountedProgress, Counter, untold
from ml.training.bagging import fit_sets, raw_scores
from ml.training.cross_fit import learnable, side_by_side
from ml.training.recipe import Recipe
from ml.training.time_split import Fold, within
from ml.wording import counted
from settings import FeatureSet, Fleet, SettingsError

SURENESS = 0.9  # a set replaces one before it where it ranks better in this share of the draws of machines,
LEAST_GAIN = 0.1  # and its average precision is higher by this share: each change of the set is a change of model;
LEAST_CUT = 0.5  # near 1, where no such gain is left: where it lacks so much less of 1,
WORTH = 0.02  # if that is no less than this
LEAST_MACHINES = 10  # that fail within the folds; fewer agree by chance
DRAWS_AT_ONCE = 25


@dataclass(frozen=True)
class FeatureChoice:
    """What the folds chose.

    `columns`: what a model is to see. `name`: the set's, empty where the settings name none; `reason`: why this one.
    `average_precision`: what small models of any failure reached in the folds, for each set that was tried.
    """

    columns: MartColumns
    name: str = ""
    reason: str = "training.feature_sets names none"
    average_precision: Mapping[str, float] = field(default_factory=dict)


def choose_features(
    rows: pd.DataFrame,
    columns: MartColumns,
    folds: Sequence[Fold],
    recipe: Recipe,
    progress: CountedProgress = untold,
) -> FeatureChoice:
    """Try each set on weighted training `rows`: small models of any failure learn before each fold and rank its rows.

    The first set is kept unless a later one is better beyond what chance may do; that one then, unless a still later
    one is better than it. Raises SettingsError where a set leaves no column.
    """
    sets = {one.name: _of(one, columns, recipe.fleet) for one in recipe.training.feature_sets}
    if not sets:
        return FeatureChoice(columns)
    first = next(iter(sets))
    if len(set(sets.values())) == 1:
        return FeatureChoice(sets[first], first, "no other holds other columns")
    known = rows[rows[label(ANY)].notna()]
    usable = [fold for fold in folds if learnable(known[known["as_of"] <= fold.train_end], (ANY,))]
    judged = pd.concat([within(known, fold.start, fold.end) for fold in usable]) if usable else known.head(0)
    failing = int(judged.loc[judged[label(ANY)] == 1, "machine_id"].nunique())
    if failing < LEAST_MACHINES:
        few = f"{counted(failing, 'machine fails', 'machines fail')} within the folds, and {LEAST_MACHINES} are needed"
        return FeatureChoice(sets[first], first, f"the first is kept: {few} to choose")
    counter = Counter("folds on which feature sets were tried", len(usable), progress)
    scores = side_by_side(
        lambda fold: _scores(known, columns, sets, fold, recipe), usable, recipe.training.threads, counter.one_more
    )
    return _chosen(judged, pd.concat(scores), sets, recipe)


def _of(one: FeatureSet, columns: MartColumns, fleet: Fleet) -> MartColumns:
    seen = columns.without(one.leave_out)
    if not seen.features:
        raise SettingsError(
            f"{fleet.settings_place}: the feature set `{one.name}` of training.feature_sets leaves no column of the "
            "mart: take a pattern out of its leave_out."
        )
    return seen


def _scores(
    known: pd.DataFrame, columns: MartColumns, sets: Mapping[str, MartColumns], fold: Fold, recipe: Recipe
) -> pd.DataFrame:
    """Raw scores of the fold's rows, a column a set, from models that learnt before it."""
    training = recipe.training
    before, asked = known[known["as_of"] <= fold.train_end], within(known, fold.start, fold.end)
    boosters = fit_sets(before, columns, sets, ANY, training.iterations, recipe.fleet, training)
    scores = {name: raw_scores((booster,), asked, columns) for name, booster in boosters.items()}
    return pd.DataFrame(scores, index=asked.index)


def _chosen(
    judged: pd.DataFrame, scores: pd.DataFrame, sets: Mapping[str, MartColumns], recipe: Recipe
) -> FeatureChoice:
    """The choice by the `scores` of the `judged` rows, a column a set."""
    labels, weights = judged[label(ANY)].to_numpy(dtype="float64"), judged[WEIGHT].to_numpy()
    reached = {name: ranking_metrics(labels, scores[name].to_numpy(), weights)["average_precision"] for name in sets}
    draws = _draws(judged, scores, recipe)
    first, *later = sets
    best = first
    for name in later:
        if (
            reached[name] - reached[best] >= _least_gain(reached[best])
            and np.mean(draws[name] > draws[best]) >= SURENESS
        ):
            best = name
    told = ", ".join(f"{name} {value:.3f}" for name, value in reached.items())
    why = "no later one is better beyond chance" if best == first else "it is better beyond chance than those before it"
    return FeatureChoice(sets[best], best, f"{why}; average precision in the folds: {told}", reached)


def _least_gain(average_precision: float) -> float:
    """By how much more a set must reach than one that reaches `average_precision`."""
    gain, cut = LEAST_GAIN * average_precision, LEAST_CUT * (1 - average_precision)
    return min(gain, cut) if cut >= WORTH else gain


def _draws(judged: pd.DataFrame, scores: pd.DataFrame, recipe: Recipe) -> dict[str, Floats]:
    """Average precision of each set in draws of machines, shape (draws that hold a failure,)."""
    labels, weights = judged[label(ANY)].to_numpy(dtype="float64"), judged[[WEIGHT]].to_numpy()
    times = machine_weights(judged["machine_id"], recipe.evaluation.resamples, recipe.training.seed)
    parts = [times[:, at : at + DRAWS_AT_ONCE] * weights for at in range(0, times.shape[1], DRAWS_AT_ONCE)]
    found = {
        name: np.concatenate([average_precisions(labels, scores[name].to_numpy(), part) for part in parts])
        for name in scores.columns
    }
    known = ~np.isnan(np.stack(list(found.values()))).any(axis=0)
    return {name: values[known] for name, values in found.items()}
