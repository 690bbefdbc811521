"""Naive answers to when a machine will fail: one column or one curve each, fitted on the rows before the held-out ones.

Each is given windows by what came of the history's rows that it answered alike, as the model is by its folds'.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.mart.columns import WEIGHT
from ml.mart.feature_names import features_of, replacement_clock
from ml.metrics.survival import quantile, survival
from ml.remaining.targets import life_weights, truth_of
from settings import Fleet

LifeRule = Callable[[pd.DataFrame, pd.DataFrame, Fleet, float], Floats]
"""Of rows of `known_at` (the history), rows to answer, the fleet and the cap: hours, shape (rows,)."""

TREND_STATS = ("mean", "shift", "wear", "last", "increase")


def median_life(history: pd.DataFrame, rows: pd.DataFrame, fleet: Fleet, cap: float) -> Floats:
    """What is left of the fleet's median life, by the hours since the machine's oldest component was replaced."""
    ages, seen = age(rows, fleet), age(history, fleet)
    truth = truth_of(history, cap)
    known = ~np.isnan(seen)
    total = np.where(truth.ended, truth.high, truth.low)[known] + seen[known]
    whole = quantile(*survival(total, truth.ended[known], _weights(history)[known]), 0.5)
    return np.clip(np.nan_to_num(whole - ages, nan=cap, posinf=cap), 0.0, cap)


def kaplan_meier(history: pd.DataFrame, rows: pd.DataFrame, fleet: Fleet, cap: float) -> Floats:
    """The median remaining time of all machines, for every one: Kaplan and Meier's."""
    truth = truth_of(history, cap)
    hours = np.where(truth.ended, truth.high, truth.low)
    return np.full(len(rows), min(quantile(*survival(hours, truth.ended, _weights(history)), 0.5), cap))


def straight_line(history: pd.DataFrame, rows: pd.DataFrame, fleet: Fleet, cap: float) -> Floats:
    """A straight line from the reading that goes with remaining time most closely to the remaining time."""
    told = features_of(map(str, history.columns), fleet.sensors, fleet)
    names = [name for name, said in told.items() if said.stat in TREND_STATS]
    weights, hours = life_weights(history, cap) * _weights(history), truth_of(history, cap).hours
    fits = [_line(history[name].to_numpy(dtype="float64"), hours, weights) for name in names]
    if not fits or weights.sum() == 0:
        return kaplan_meier(history, rows, fleet, cap)
    best = int(np.argmax([explained for explained, _, _ in fits]))
    _, slope, offset = fits[best]
    answers = offset + slope * rows[names[best]].to_numpy(dtype="float64")
    return np.clip(np.nan_to_num(answers, nan=cap), 0.0, cap)


LIFE_RULES: dict[str, LifeRule] = {
    "rule:median_life": median_life,
    "rule:kaplan_meier": kaplan_meier,
    "rule:straight_line": straight_line,
}


def age(rows: pd.DataFrame, fleet: Fleet) -> Floats:
    """Hours since the component replaced longest ago was replaced, shape (rows,); NaN where none is on record."""
    clocks = [name for name in map(replacement_clock, fleet.components) if name in rows]
    return rows[clocks].max(axis=1).to_numpy(dtype="float64") if clocks else np.full(len(rows), np.nan)


def thinned(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many of the rows, every so many-th."""
    return rows.iloc[:: max(-(-len(rows) // most), 1)]


def _line(values: Floats, hours: Floats, weights: Floats) -> tuple[float, float, float]:
    """How much of the variance of hours a line explains, its slope and offset; by weight, of rows that have both."""
    known = ~np.isnan(values) & (weights > 0)
    if known.sum() < 2 or np.ptp(values[known]) == 0 or np.ptp(hours[known]) == 0:
        return 0.0, 0.0, float(np.average(hours, weights=weights)) if weights.sum() else 0.0
    x, y, w = values[known], hours[known], weights[known]
    middle_x, middle_y = np.average(x, weights=w), np.average(y, weights=w)
    both, own, other = (
        np.average(a * b, weights=w)
        for a, b in ((x - middle_x, y - middle_y), (x - middle_x, x - middle_x), (y - middle_y, y - middle_y))
    )
    share = known.sum() / max((weights > 0).sum(), 1)  # a column that is mostly empty answers for few
    return float(share * both**2 / (own * other)), float(both / own), float(middle_y - both / own * middle_x)


def _weights(history: pd.DataFrame) -> Floats:
    return history[WEIGHT].to_numpy(dtype="float64") if WEIGHT in history else np.ones(len(history))
