"""Bootstrap by machine: a machine's rows resemble one another, so whole machines are drawn, not rows."""

import numpy as np
import pandas as pd

from ml.arrays import Floats


def machine_weights(machines: "pd.Series[str]", resamples: int, seed: int) -> Floats:
    """How often each row stands in each draw, shape (rows, resamples)."""
    codes, names = pd.factorize(machines, sort=True)
    if not len(names):
        return np.zeros((0, resamples))
    share = np.full(len(names), 1 / len(names))
    draws = np.random.default_rng(seed).multinomial(len(names), share, size=resamples)
    return draws.T[codes].astype(np.float64)


def average_precisions(labels: Floats, scores: Floats, weights: Floats) -> Floats:
    """scikit-learn's average precision of (rows,) scores under each column of (rows, resamples) weights.

    NaN where a draw holds no failing row. Rows with equal scores share one step of the curve.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(scores[order][1:] != scores[order][:-1], True)
    weighted = weights[order]
    hits = np.cumsum(weighted * labels[order, None], axis=0)[last_of_tie]
    seen = np.cumsum(weighted, axis=0)[last_of_tie]
    gained = np.diff(hits, axis=0, prepend=0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.where(seen > 0, hits / seen, 0.0) * gained).sum(axis=0) / hits[-1])


def interval(draws: Floats, confidence: float) -> tuple[float, float]:
    """The central interval that holds `confidence` of the (resamples,) draws; NaN where there is none."""
    known = draws[~np.isnan(draws)]
    if len(known) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


CONFIDENCE = 0.9
