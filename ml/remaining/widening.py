"""LifeWindows that hold what they say: ends at the quantiles of what came of rows with like centres (conformal).

For each line of the table the rows near its centre tell by how many spreads their lives lay above or below: Kaplan and
Meier's estimate of that, so that lives that were cut off count for as long as they were seen. A window is therefore
wide where the data are vague, and where so many outlive the cap that the low end lies beyond it, none is told. Ends are
laid outward to whole steps when they are told; so a line goes by how far an end may lie off for the life to be inside
after that, and windows so laid leave out what is stated, not less. After split conformal prediction as in Lei et al.
(2018), local by the centre; with censored rows as in Qi et al. (2024), who use Kaplan and Meier's weights likewise.
"""

import numpy as np
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.metrics.remaining_metrics import Truth
from ml.metrics.survival import quantile, survival
from ml.models.life_steps import first_end, last_start
from ml.models.windows import LifeWindows, Stated
from ml.remaining.candidates import levels

LINES = 24
FAILURES_NEAR = 20  # that a line goes by, where there are so many
SHARE_NEAR = 0.1  # of all failures, where that is more
LEAST_REACH = 0.02  # of the cap: nearer centres are alike


def fit_windows(
    centre: Floats, spread: Floats, truth: Truth, weights: Floats, lives: NDArray[np.int64], stated: Stated
) -> LifeWindows:
    """The table for rows with these centres and spreads, of which `truth` came; all of shape (n,).

    `lives` numbers the failure (or the machine's time without one) that each row belongs to: a failure that was seen
    from fifty nights is one failure.
    """
    ended = truth.ended
    at = _lines(centre, ended)
    found = [_line(one, centre, spread, truth, weights, lives, stated) for one in at]
    low, alone, median, high = (tuple(line[end] for line in found) for end in range(4))
    centres = tuple(float(one) for one in at)
    return LifeWindows(centres, low, alone, median, high, stated.coverage, truth.cap, stated.step)


def _lines(centre: Floats, ended: NDArray[np.bool_]) -> Floats:
    """Centres of the table: dense where failures are, and some among all rows."""
    of_failures = centre[ended] if ended.any() else centre
    marks = [*np.quantile(of_failures, np.linspace(0, 1, LINES)), *np.quantile(centre, np.linspace(0, 1, LINES // 3))]
    return np.unique(np.round(marks, 3))


def _line(
    at: float,
    centre: Floats,
    spread: Floats,
    truth: Truth,
    weights: Floats,
    lives: NDArray[np.int64],
    stated: Stated,
) -> tuple[float | None, ...]:
    """Low end, that of a window without a high end, median and high end in spreads from the centre `at`.

    None where that is beyond what was seen.
    """
    away = np.abs(centre - at)
    reach = _reach(away, truth.ended, lives, LEAST_REACH * truth.cap)
    near = weights * np.maximum(1 - away / reach, 0.0)
    rows = near > 0
    failures = max(len(np.unique(lives[rows & truth.ended])), 1)
    tail, middle, _ = levels(stated.coverage)
    end, alone = (left_out(share, failures) for share in (tail, 2 * tail))
    early, late = _ends(truth)
    ended, shares = truth.ended[rows], near[rows]
    first, between, last = (
        survival(((hours - centre) / spread)[rows], ended, shares)
        for hours in (last_start(early, stated.step), (early + late) / 2, first_end(late, stated.step))
    )
    return (
        _known(quantile(*first, end)),
        _known(quantile(*first, alone)),
        _known(quantile(*between, middle)),
        _known(quantile(*last, 1 - end)),
    )


def _reach(away: Floats, ended: NDArray[np.bool_], lives: NDArray[np.int64], least: float) -> float:
    """How far a line looks: to the FAILURES_NEAR-th nearest failure, or a share of all where that is more."""
    order = np.argsort(away[ended], kind="stable")
    _, first = np.unique(lives[ended][order], return_index=True)
    if not len(first):
        return float(away.max()) + least
    nearest = np.sort(away[ended][order][first])
    wanted = min(len(nearest), max(FAILURES_NEAR, round(SHARE_NEAR * len(nearest))))
    return max(float(nearest[wanted - 1]) * 1.5, least)  # the farthest of them count for a third


def left_out(share: float, failures: int) -> float:
    """The share of what came that an end leaves out, so that the next failure lies beyond it that often on average.

    The next one is as likely to lie beyond all of them, and counts as one more. Split conformal prediction would have
    it beyond no more often than stated: of 25 on which a tenth is left out one, not two. On few failures such windows
    hold nearly a tenth more than they state (`tests.benchmarks.windows`).
    """
    return share * failures / (failures + 1)


def _ends(truth: Truth) -> tuple[Floats, Floats]:
    """The first and the last moment at which each may have ended, or up to when it was seen; capped."""
    seen = np.minimum(truth.low, truth.cap)
    return seen, np.where(truth.ended, truth.high, seen)


def _known(away: float) -> float | None:
    return away if np.isfinite(away) else None
