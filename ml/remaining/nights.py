"""Windows held to the nights: a table is made of all snapshots of the folds, but asked only at the scoring hour.

Where failures come at some hours more than at others a night's lives are not those of other snapshots, and windows that
hold on all of them need not hold on nights. A table of nights alone would be too thin; one number is not.
"""

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.metrics.remaining_metrics import inside
from ml.models.windows import HIGH_END, LOW_END, Stated
from ml.remaining.answers import LEAST_ENDS, Answers, laid_by, tables_of_others
from ml.remaining.widening import left_out

MOST = 2.0  # wider windows would hold what comes by saying little
WIDENINGS = tuple(round(float(one), 2) for one in np.linspace(1, MOST, 21))


def widened_for_nights(answers: Answers, stated: Stated) -> float:
    """The least of WIDENINGS by which windows with both ends hold on the folds' nights what they state; else the most.

    1 where nights are all the rows there are, for those the table holds on, or tell of too few failures.
    """
    nights = answers.of(answers.asked)
    if answers.asked.all() or nights.failures < LEAST_ENDS:
        return 1.0
    tables, weights = tables_of_others(answers, stated), nights.known_weights
    return next((one for one in WIDENINGS if _holds(laid_by(tables, nights, one), nights, weights, stated)), MOST)


def _holds(windows: pd.DataFrame, nights: Answers, weights: Floats, stated: Stated) -> bool:
    """Whether those with both ends leave out what is stated at most, the next failure counted in."""
    low, high = windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy()
    held = inside(nights.truth, low, high)
    counted = ~np.isnan(held) & ~np.isnan(high) & (weights > 0)
    failures = len(np.unique(nights.lives[counted & nights.truth.ended]))
    if failures < LEAST_ENDS:
        return True
    missed = np.average(1 - held[counted], weights=weights[counted])
    return bool(missed <= left_out(1 - stated.coverage, failures))
