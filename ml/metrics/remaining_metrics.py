"""Figures of remaining time: how often windows hold, how wide they are, and how far the point is off.

The truth is `low` and `high` (n,), hours between which the machine fails: equal where the end is known exactly, `high`
infinite where it outlived `low`. What an answer can be neither credited with nor blamed for counts for nothing. Lives
are capped: beyond `cap` there is nothing to foresee, and a point there is `cap`.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats

NASA_EARLY, NASA_LATE = 13.0, 10.0  # Saxena et al. (2008), "Damage propagation modeling for aircraft engines"
LAMBDA_WIDTH = 0.2  # of the true remaining life: Saxena et al. (2010), "Metrics for offline evaluation of prognostics"
LIFE_PARTS = (0.0, 0.125, 0.25, 0.5, 1.0)  # of the cap, in which the error is told
MOST_COMPARED = 3000  # rows; their pairs are millions


@dataclass(frozen=True)
class Truth:
    """What came: hours between which each row's machine failed, and up to where lives are told apart."""

    low: Floats
    high: Floats
    cap: float

    @property
    def settled(self) -> NDArray[np.bool_]:
        """Rows whose end is known, or that outlived the cap; shape (n,)."""
        return (self.low >= self.cap) | np.isfinite(self.high)

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Rows that failed within the cap; shape (n,)."""
        return np.isfinite(self.high) & (self.high <= self.cap) & (self.low < self.cap)

    @property
    def hours(self) -> Floats:
        """The middle of what is known, capped: the life itself where it is known exactly; shape (n,)."""
        high = np.minimum(np.where(np.isfinite(self.high), self.high, self.low), self.cap)
        return (np.minimum(self.low, self.cap) + high) / 2

    def at(self, rows: NDArray[np.bool_]) -> "Truth":
        """The same of some rows."""
        return Truth(self.low[rows], self.high[rows], self.cap)


def inside(truth: Truth, low: Floats, high: Floats) -> Floats:
    """1 where the window certainly holds the end, 0 where it certainly does not, NaN where nobody can tell; (n,).

    `low` is NaN where no window was given, `high` where it is open: such a window holds every end from `low` on.
    """
    top = np.where(np.isnan(high), np.inf, high)
    known_low = np.where(truth.low >= truth.cap, truth.cap, truth.low)
    known_high = np.where(truth.low >= truth.cap, np.where(np.isinf(top), truth.cap, np.inf), truth.high)
    holds = (low <= known_low) & (known_high <= top)
    misses = (known_high < low) | (known_low > top)
    return np.where(np.isnan(low), np.nan, np.where(holds, 1.0, np.where(misses, 0.0, np.nan)))


def coverage(truth: Truth, low: Floats, high: Floats, weights: Floats) -> float:
    """Share of the windows given that hold the end, by weight, of those of which it is known; NaN without any."""
    held = inside(truth, low, high)
    counted = ~np.isnan(held) & truth.settled
    total = weights[counted].sum()
    return float((held[counted] * weights[counted]).sum() / total) if total > 0 else float("nan")


def median_width(low: Floats, high: Floats) -> float:
    """Median hours from the start to the end of the windows that have both; NaN where none has."""
    widths = (high - low)[~np.isnan(high - low)]
    return float(np.median(widths)) if len(widths) else float("nan")


def concordance(truth: Truth, point: Floats) -> float:
    """Of two machines of which one certainly failed first, how often it has the lower point; ties are half (Harrell).

    Of more than MOST_COMPARED rows every so many-th is asked.
    """
    step = -(-len(point) // MOST_COMPARED) if len(point) else 1
    chosen = np.zeros(len(point), dtype=bool)
    chosen[::step] = True
    part, scores = truth.at(chosen), point[chosen]
    first = part.ended[:, None] & (part.high[:, None] < part.low[None, :])
    right = (scores[:, None] < scores[None, :]) + 0.5 * (scores[:, None] == scores[None, :])
    pairs = first.sum()
    return float((right * first).sum() / pairs) if pairs else float("nan")


def rmse(truth: Truth, point: Floats, weights: Floats) -> float:
    """Root of the mean squared error of capped points on capped lives, hours; of settled rows, by weight."""
    known = truth.settled & (weights > 0)
    error = _errors(truth, point)[known]
    return float(np.sqrt(np.average(error**2, weights=weights[known]))) if known.any() else float("nan")


def alpha_lambda(truth: Truth, point: Floats) -> float:
    """Share of the rows that failed within the cap whose point is within +-20 % of the true remaining life."""
    ended = truth.ended & (truth.hours > 0)
    near = np.abs(_errors(truth, point)) <= LAMBDA_WIDTH * truth.hours
    return float(near[ended].mean()) if ended.any() else float("nan")


def nasa_score(truth: Truth, point: Floats, unit_hours: float) -> float:
    """NASA's score, a sum over settled rows, in which late is dearer than early; `unit_hours` is a cycle."""
    off = _errors(truth, point)[truth.settled] / unit_hours
    return float(np.where(off < 0, np.expm1(-off / NASA_EARLY), np.expm1(off / NASA_LATE)).sum())


def error_by_life(truth: Truth, point: Floats) -> pd.DataFrame:
    """Mean absolute error by remaining life, hours: one row a part (`from_hours`, `to_hours`, `rows`, `error`)."""
    error, hours, settled = np.abs(_errors(truth, point)), truth.hours, truth.settled
    rows = []
    for start, end in pairwise(LIFE_PARTS):
        part = settled & (hours > start * truth.cap) & (hours <= end * truth.cap)
        found = float(error[part].mean()) if part.any() else float("nan")
        rows.append((start * truth.cap, end * truth.cap, int(part.sum()), found))
    return pd.DataFrame(rows, columns=["from_hours", "to_hours", "rows", "error"])


def pinball(truth: Truth, guess: Floats, level: float, weights: Floats) -> float:
    """Mean loss of a guess at the quantile `level` of capped lives, hours; of settled rows, by weight (Koenker)."""
    known = truth.settled & (weights > 0)
    off = (truth.hours - np.minimum(guess, truth.cap))[known]
    return float(np.average(np.maximum(level * off, (level - 1) * off), weights=weights[known])) if known.any() else 0.0


def _errors(truth: Truth, point: Floats) -> Floats:
    return np.minimum(np.where(np.isnan(point), truth.cap, point), truth.cap) - truth.hours
