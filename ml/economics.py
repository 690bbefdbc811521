"""When to alert and what to advise, from what mistakes cost."""

import numpy as np
from numpy.typing import NDArray

from settings import Economics

Floats = NDArray[np.float64]


def total_cost(caught: Floats, needless: Floats, missed: Floats, costs: Economics) -> Floats:
    """Money for counts of caught failures, needless visits and missed failures.

    A caught failure costs the visit's planned replacement, a missed one the breakdown.
    """
    return caught * costs.planned_replacement + needless * costs.needless_visit + missed * costs.missed_failure


def cheapest_threshold(scores: Floats, failed: Floats, nights: int, costs: Economics, chances: bool = True) -> float:
    """The alert threshold with the least cost on (n,) rows of `nights` nights, within the inspections a day.

    Any threshold between two neighbouring scores costs the same on these rows; of those the one nearest to the
    break-even is taken where scores are `chances` (calibrated probabilities), else the midpoint. On a tie the
    threshold with fewer visits wins. Without a failure to learn from it is the break-even itself.
    """
    if failed.sum() == 0 or nights == 0:
        return break_even(costs)
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
    lowest_alerted, highest_spared = float(ranked[best - 1]), float(ranked[best]) if best < len(ranked) else -np.inf
    if chances:
        return min(lowest_alerted, max(break_even(costs), float(np.nextafter(highest_spared, np.inf))))
    return lowest_alerted if best == len(ranked) else (lowest_alerted + highest_spared) / 2


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
