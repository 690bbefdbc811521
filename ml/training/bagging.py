"""One target's model as the mean of a few boosters, each of which has seen every failure and a share of the other rows.

Failures are few and everything else is plenty: boosters that share the failures but not the rest cost together what
one costs on all rows, and their mean is steadier than any one of them.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from catboost import CatBoost, Pool

from ml.arrays import Floats
from ml.mart.columns import ANY, WEIGHT, MartColumns, label, model_inputs
from ml.mart.feed_outages import with_outages
from ml.models.boosters import shared_parameters, stamp
from settings import Fleet, TrainingSettings


def fit_bags(
    rows: pd.DataFrame, columns: MartColumns, target: str, trees: int, fleet: Fleet, training: TrainingSettings
) -> tuple[CatBoost, ...]:
    """`training.bags` boosters of `trees` trees on the rows whose label of `target` is known, by their weight."""
    known = rows[rows[label(target)].notna()]
    fitted = []
    for bag, part in enumerate(_bags(known, target, training)):
        own = training.model_copy(update={"seed": training.seed + bag})
        booster = CatBoost(_parameters(trees, own))
        booster.fit(_pool(with_outages(part, fleet, own), columns, target))
        stamp(booster)
        fitted.append(booster)
    return tuple(fitted)


def fit_sets(
    rows: pd.DataFrame,
    columns: MartColumns,
    sets: Mapping[str, MartColumns],
    target: str,
    trees: int,
    fleet: Fleet,
    training: TrainingSettings,
) -> dict[str, CatBoost]:
    """For each of `sets` one booster, of the first bag alone, that sees those of `columns` which the set holds.

    All of them learn from one pool, and are asked with all of `columns`: what a set leaves out is filled and cut into
    borders for all of them once, and no split of its booster uses it.
    """
    known = rows[rows[label(target)].notna()]
    pool = _pool(with_outages(next(_bags(known, target, training)), fleet, training), columns, target)
    pool.quantize(border_count=training.borders)
    fitted = {}
    for name, seen in sets.items():
        unseen = [place for place, feature in enumerate(columns.features) if feature not in seen.features]
        fitted[name] = CatBoost(_parameters(trees, training) | {"ignored_features": unseen})
        fitted[name].fit(pool)
    return fitted


def fit_first_bag(
    rows: pd.DataFrame, columns: MartColumns, target: str, trees: int, fleet: Fleet, training: TrainingSettings
) -> CatBoost:
    """The first of the boosters of `fit_bags` alone, at its share of their cost."""
    booster = CatBoost(_parameters(trees, training))
    booster.fit(_pool(with_outages(next(_bags(rows, target, training)), fleet, training), columns, target))
    stamp(booster)
    return booster


def raw_scores(boosters: Sequence[CatBoost], rows: pd.DataFrame, columns: MartColumns, trees: int = 0) -> Floats:
    """Log-odds, shape (rows,), of the first `trees` trees of each booster, averaged; of all trees where 0."""
    pool = Pool(model_inputs(rows, columns.features, columns.categorical), cat_features=list(columns.categorical))
    scores = [booster.predict(pool, prediction_type="RawFormulaVal", ntree_end=trees) for booster in boosters]
    return np.mean(np.asarray(scores, dtype=np.float64), axis=0)


def _bags(rows: pd.DataFrame, target: str, training: TrainingSettings) -> Iterator[pd.DataFrame]:
    """Each bag's rows: all before a failure of any kind, and its share of the others, weighed as if it were all."""
    failing = ((rows[label(ANY)] == 1) | (rows[label(target)] == 1)).to_numpy()
    others = np.flatnonzero(~failing)
    bags = max(1, min(training.bags, len(others)))
    bag_of = np.zeros(len(rows), dtype=int)
    bag_of[others] = np.random.default_rng(training.seed).permutation(len(others)) % bags
    weights = rows[WEIGHT].to_numpy() * np.where(failing, 1, bags)
    for bag in range(bags):
        chosen = failing | (bag_of == bag)
        yield rows[chosen].assign(**{WEIGHT: weights[chosen]})


def _parameters(trees: int, training: TrainingSettings) -> dict[str, object]:
    return shared_parameters(training) | {
        "loss_function": "Logloss",
        "iterations": trees,
        "leaf_estimation_iterations": training.leaf_steps,
        "leaf_estimation_backtracking": "AnyImprovement" if training.leaf_backtracking else "No",
    }


def _pool(rows: pd.DataFrame, columns: MartColumns, target: str) -> Pool:
    inputs = model_inputs(rows, columns.features, columns.categorical)
    labels = rows[label(target)].to_numpy(dtype="float64")
    return Pool(inputs, label=labels, weight=rows[WEIGHT].to_numpy(), cat_features=list(columns.categorical))
