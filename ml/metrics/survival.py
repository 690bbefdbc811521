"""Kaplan and Meier's estimate (1958) on weighted rows, and what follows from it where some ends are not known.

A row is watched for `hours`; `ended` says whether its end was seen, or only that it lasted so long (censored).
"""

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Floats

LEAST_SHARE = 0.05  # still watched: beyond, one row would stand for all that nobody saw


def survival(hours: Floats, ended: NDArray[np.bool_], weights: Floats) -> tuple[Floats, Floats]:
    """The moments at which rows ended, rising, and the share that outlives each; both of shape (moments,).

    `hours`, `ended` and `weights`: shape (rows,). A row censored at the moment of an end was still at risk.
    """
    moments, place = np.unique(hours, return_inverse=True)
    ends = np.bincount(place, weights * ended, len(moments))
    watched = np.bincount(place, weights, len(moments))
    at_risk = np.cumsum(watched[::-1])[::-1]
    left = np.cumprod(1 - np.divide(ends, at_risk, out=np.zeros(len(moments)), where=at_risk > 0))
    seen = ends > 0
    return moments[seen], left[seen]


def quantile(moments: Floats, left: Floats, level: float) -> float:
    """The first moment by which the share `level` has ended; infinite where that is never seen."""
    reached = np.flatnonzero(left <= 1 - level + 1e-12)
    return float(moments[reached[0]]) if len(reached) else float("inf")


def known_weights(hours: Floats, ended: NDArray[np.bool_]) -> Floats:
    """By how much the rows whose end is known must count to stand for those whose end is not; 0 for these.

    1 over the share of rows that were still watched at the row's end (inverse probability of censoring; Robins and
    Rotnitzky, 1992): without it long lives, which are cut off more often, would count too little.
    """
    moments, left = survival(hours, ~ended, np.ones(len(hours)))
    place = np.searchsorted(moments, hours, side="left")  # of the moments before its end
    watched = np.concatenate([[1.0], left])[place]
    return np.where(ended, 1 / np.maximum(watched, LEAST_SHARE), 0.0)
