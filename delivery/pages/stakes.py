"""What is lost if nobody goes: why 8 % is worth a visit, and how far that is from 99 %.

A missed failure costs the same whatever the component (`[economics]` knows one cost), so that what is lost by waiting
falls just as the probability does: the order of machines by either is the same.
"""

from collections.abc import Iterable

from ml.metrics.costs import break_even, cheapest_action
from ml.scoring.contract import HIGH
from ml.wording import number, percent
from settings import Economics

WORTH_A_VISIT = "worth a visit"  # an alert that is likely needless, and pays all the same


def standing(level: str, probability: float | None, costs: Economics) -> str:
    """The risk level as pages say it: an alert is `high` only where the part had better be replaced unseen."""
    looks = level == HIGH and probability is not None and cheapest_action(probability, costs) != "replace"
    return WORTH_A_VISIT if looks else level


def cost_of_waiting(probability: float | None, costs: Economics) -> str:
    """'Waiting costs 1.6 visits on average'; empty where visits cost nothing."""
    if probability is None or not costs.needless_visit:
        return ""
    visits = probability * costs.missed_failure / costs.needless_visit
    told = number(visits, 0 if visits >= 10 else 1)
    return f"Waiting costs {told} {'visit' if told == '1.0' else 'visits'} on average"


def why_a_visit(costs: Economics, thresholds: Iterable[float]) -> str:
    """Why so little a risk is worth a visit, in half a sentence; and from where the night's models ask for one."""
    if not costs.needless_visit or break_even(costs) >= 1:
        return ""
    dear = costs.missed_failure / costs.needless_visit
    pays = percent(break_even(costs))
    told = f"A missed failure costs as much as {number(dear, 0)} needless visits, so a visit pays from {pays} on"
    asked = [percent(one) for one in sorted({*thresholds})]
    if not asked or asked == [pays]:
        return f"{told}."
    return f"{told}; the model, which allows for being somewhat off, alerts from {' or '.join(asked)} on."
