"""What may answer when: three ways to learn the remaining time by CatBoost, of which the folds choose."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from catboost import CatBoost, Pool
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.columns import WEIGHT, MartColumns, model_inputs
from ml.mart.feed_outages import with_outages
from ml.mart.lives import LIFE_HIGH, LIFE_LOW
from ml.models.boosters import shared_parameters, stamp
from ml.models.remaining import LOG_MEAN, MEAN, QUANTILES, SURVIVAL, as_learnt
from ml.remaining.targets import life_weights, truth_of
from settings import Fleet, TrainingSettings

NO_END = -1.0  # CatBoost's word for an upper end that is not known
SOONEST = 0.5  # hours: a life of none has no logarithm
LIFE_WEIGHT = "remaining_weight"


@dataclass(frozen=True)
class Candidate:
    """`kind` as `ml.models.remaining` knows it, CatBoost's loss, and whether censored rows are learnt as such."""

    kind: str
    loss: Callable[[float], str]  # of the coverage
    takes_censored: bool


LIFE_CANDIDATES = (
    Candidate(MEAN, lambda _: "RMSE", takes_censored=False),
    Candidate(LOG_MEAN, lambda _: "RMSE", takes_censored=False),
    Candidate(QUANTILES, lambda coverage: f"MultiQuantile:alpha={_tails(coverage)}", takes_censored=False),
    Candidate(SURVIVAL, lambda _: "SurvivalAft:dist=Normal;scale=1.0", takes_censored=True),
)


def fit(
    candidate: Candidate,
    known: pd.DataFrame,
    columns: MartColumns,
    cap: float,
    fleet: Fleet,
    training: TrainingSettings,
) -> CatBoost | None:
    """One booster on rows of `known_at` with their WEIGHT; None where they do not hold both a failure and a survivor.

    Of rows that do not fail within the cap one bag's share is drawn, as for the boosters of a failure.
    """
    if not (truth := truth_of(known, cap)).ended.any() or truth.ended.all():
        return None
    part = _one_bag(known.assign(**{LIFE_WEIGHT: life_weights(known, cap)}), truth.ended, training)
    if not candidate.takes_censored:
        part = part[part[LIFE_WEIGHT] > 0]
        if part[LIFE_LOW].nunique() < 2:
            return None
    booster = CatBoost(_parameters(candidate, training))
    booster.fit(_pool(candidate, with_outages(part, fleet, training), columns, cap))
    stamp(booster)
    return booster


def pool_of(rows: pd.DataFrame, columns: MartColumns) -> Pool:
    """Rows as a booster is asked."""
    return Pool(model_inputs(rows, columns.features, columns.categorical), cat_features=list(columns.categorical))


def _one_bag(known: pd.DataFrame, ended: NDArray[np.bool_], training: TrainingSettings) -> pd.DataFrame:
    others = np.flatnonzero(~ended)
    drawn = ended.copy()
    drawn[np.random.default_rng(training.seed).permutation(others)[: -(-len(others) // training.bags)]] = True
    weights = known[WEIGHT].to_numpy() * np.where(ended, 1, training.bags)
    return known.assign(**{WEIGHT: weights})[drawn]


def _pool(candidate: Candidate, part: pd.DataFrame, columns: MartColumns, cap: float) -> Pool:
    inputs = model_inputs(part, columns.features, columns.categorical)
    categorical = list(columns.categorical)
    if candidate.takes_censored:  # CatBoost's survival loss knows no weights: what that shifts, the windows put right
        return Pool(inputs, label=_ends(part), cat_features=categorical)
    weights = part[WEIGHT].to_numpy() * part[LIFE_WEIGHT].to_numpy()
    lives = as_learnt(truth_of(part, cap).hours, candidate.kind, cap)
    return Pool(inputs, label=lives, weight=weights, cat_features=categorical)


def _ends(part: pd.DataFrame) -> Floats:
    """Lower and upper end of each life, shape (n, 2)."""
    low, high = np.maximum(part[LIFE_LOW].to_numpy(), SOONEST), part[LIFE_HIGH].to_numpy()
    return np.column_stack([low, np.where(np.isfinite(high), np.maximum(high, low), NO_END)])


def _tails(coverage: float) -> str:
    return ",".join(f"{level:g}" for level in levels(coverage))


def levels(coverage: float) -> tuple[float, float, float]:
    """The quantiles of a central window of this coverage: its low end, the median, its high end."""
    tail = round((1 - coverage) / 2, 6)
    return tail, 0.5, 1 - tail


def _parameters(candidate: Candidate, training: TrainingSettings) -> dict[str, object]:
    return shared_parameters(training) | {
        "loss_function": candidate.loss(training.remaining_coverage),
        "iterations": training.iterations,
    }
