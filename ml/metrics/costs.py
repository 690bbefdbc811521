"""When to alert and what to advise, from what mistakes cost."""

import numpy as np
from scipy.special import expit, logit, ndtr

from ml.arrays import Floats
from settings import Economics

SCORE_SPREAD = 1.0
CANDIDATES = 400


def total_cost(caught: Floats, needless: Floats, missed: Floats, costs: Economics) -> Floats:
    """Money for counts of caught failures, needless visits and missed failures.

    A caught failure costs the visit's planned replacement, a missed one the breakdown.
    """
    return caught * costs.planned_replacement + needless * costs.needless_visit + missed * costs.missed_failure


def cheapest_threshold(scores: Floats, failed: Floats, nights: int, costs: Economics) -> float:
    """The alert threshold with the least cost on (n,) rows of `nights` nights, within the inspections a day.

    For scores of any kind. Candidates are the midpoints between neighbouring scores; on a tie the threshold with
    fewer visits wins. Without a single failure to learn from nothing is alerted.
    """
    if failed.sum() == 0 or nights == 0:
        return float(np.inf)
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], failed[order]
    alerts = np.arange(len(ranked) + 1, dtype=np.float64)
    caught = np.concatenate([[0.0], np.cumsum(hits)])
    cost = total_cost(caught, alerts - caught, failed.sum() - caught, costs)
    splits = np.concatenate([[True], ranked[:-1] > ranked[1:], [True]])
    allowed = splits & (alerts <= costs.inspections_per_day * nights)
    best = int(np.flatnonzero(allowed)[np.argmin(cost[allowed])])
    if best == 0:
        return float(np.nextafter(ranked[0], np.inf))
    below = ranked[best] if best < len(ranked) else ranked[-1]
    return float((ranked[best - 1] + below) / 2)


def prudent_threshold(probabilities: Floats, failed: Floats, nights: int, costs: Economics) -> float:
    """The probability to alert from, with the least expected cost if every log-odds were off by about one.

    Where the failures of a few dozen nights stand well apart from the rest, every threshold in the gap costs the same
    on those nights; but the next training scores a little differently, and a missed failure costs far more than a
    visit. So each row's log-odds is taken for normal with an sd of SCORE_SPREAD, and the expected cost and the
    expected visits (within the inspections a day) are what count. `probabilities`, `failed`: shape (n,), of
    `nights` nights. Without a single failure to learn from it is the break-even.
    """
    if failed.sum() == 0 or nights == 0:
        return break_even(costs)
    log_odds = logit(np.clip(probabilities, 1e-12, 1 - 1e-12))
    candidates = np.linspace(log_odds.min() - 3 * SCORE_SPREAD, log_odds.max() + 3 * SCORE_SPREAD, CANDIDATES)
    alerted = [ndtr((log_odds - at) / SCORE_SPREAD) for at in candidates]
    caught = np.array([(share * failed).sum() for share in alerted])
    visits = np.array([share.sum() for share in alerted])
    cost = total_cost(caught, visits - caught, failed.sum() - caught, costs)
    cost[visits > costs.inspections_per_day * nights] = np.inf
    return float(expit(candidates[int(np.argmin(cost))]))


def break_even(costs: Economics) -> float:
    """The failure probability from which an inspection costs less than waiting."""
    saved = costs.missed_failure - costs.planned_replacement
    return 1.0 if saved <= 0 else min(1.0, costs.needless_visit / saved)


def cheapest_action(probability: float, costs: Economics) -> str:
    """`replace`, `inspect` or `wait`, whichever has the least expected cost at this failure probability.

    An inspection finds the fault if there is one and then replaces as planned.
    """
    expected = {
        "wait": probability * costs.missed_failure,
        "inspect": costs.needless_visit + probability * costs.planned_replacement,
        "replace": costs.planned_replacement,
    }
    return min(expected, key=lambda action: expected[action])
