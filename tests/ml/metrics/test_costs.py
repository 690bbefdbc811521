import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.metrics.costs import break_even, cheapest_action, cheapest_threshold, prudent_threshold
from settings import Economics

COSTS = Economics(missed_failure=1000, planned_replacement=150, needless_visit=50, inspections_per_day=10)


def cost_at(threshold: float, scores: np.ndarray, failed: np.ndarray, costs: Economics) -> float:
    alerts = scores >= threshold
    caught = float((alerts & (failed > 0)).sum())
    needless, missed = float(alerts.sum()) - caught, float(failed.sum()) - caught
    return caught * costs.planned_replacement + needless * costs.needless_visit + missed * costs.missed_failure


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=25),
    st.integers(1, 5),
    st.sampled_from([1.0, 2.0, 10.0]),
)
def test_no_other_threshold_within_capacity_is_cheaper(
    rows: list[tuple[float, bool]], nights: int, capacity: float
) -> None:
    scores, failed = np.array([r[0] for r in rows]), np.array([float(r[1]) for r in rows])
    costs = COSTS.model_copy(update={"inspections_per_day": capacity})
    chosen = cheapest_threshold(scores, failed, nights, costs)
    if failed.sum() == 0:
        assert chosen == np.inf
        return
    assert (scores >= chosen).sum() <= capacity * nights
    allowed = [t for t in [*np.unique(scores), 2.0] if (scores >= t).sum() <= capacity * nights]
    assert cost_at(chosen, scores, failed, costs) == min(cost_at(t, scores, failed, costs) for t in allowed)


def test_a_visit_pays_where_it_is_cheaper_than_waiting() -> None:
    at = break_even(COSTS)
    assert cheapest_action(at * 0.99, COSTS) == "wait"
    assert cheapest_action(at * 1.01, COSTS) == "inspect"
    assert cheapest_action(0.99, COSTS) == "replace"


@pytest.mark.parametrize(("probability", "price"), [*itertools.product([0.0, 0.3, 1.0], [0.0, 900.0])])
def test_the_action_is_the_cheapest(probability: float, price: float) -> None:
    costs = COSTS.model_copy(update={"planned_replacement": price})
    expected = {"wait": probability * 1000, "inspect": 50 + probability * price, "replace": price}
    assert expected[cheapest_action(probability, costs)] == min(expected.values())


APART = np.concatenate([np.full(20, 0.9), np.full(980, 0.001)])
FAILED = np.concatenate([np.ones(20), np.zeros(980)])


def test_in_a_wide_gap_a_dear_miss_draws_the_threshold_down() -> None:
    usual = prudent_threshold(APART, FAILED, 30, COSTS)
    dear = prudent_threshold(APART, FAILED, 30, COSTS.model_copy(update={"missed_failure": 100_000.0}))
    cheap = prudent_threshold(APART, FAILED, 30, COSTS.model_copy(update={"missed_failure": 250.0}))
    assert 0.001 < dear < usual < cheap < 0.9


def test_the_crew_is_not_sent_more_often_than_it_can_go() -> None:
    """A failure in ten costs so much that everyone would be visited; the crew manages two a night."""
    rng = np.random.default_rng(0)
    chances = rng.uniform(0.02, 0.4, 3000)
    failed = (rng.random(3000) < chances).astype(float)
    free = prudent_threshold(chances, failed, 30, COSTS.model_copy(update={"inspections_per_day": 1000.0}))
    bound = prudent_threshold(chances, failed, 30, COSTS.model_copy(update={"inspections_per_day": 2.0}))
    assert (chances >= free).sum() > 1500
    assert (chances >= bound).sum() <= 2 * 30


def test_calibrated_chances_put_it_near_the_break_even() -> None:
    rng = np.random.default_rng(1)
    chances = 1 / (1 + np.exp(-rng.normal(-3, 2, 60_000)))
    failed = (rng.random(60_000) < chances).astype(float)
    crew = COSTS.model_copy(update={"inspections_per_day": 1e6})
    chosen = prudent_threshold(chances, failed, 30, crew)
    assert 0.4 * break_even(COSTS) < chosen < 1.6 * break_even(COSTS)


def test_without_a_failure_it_is_the_break_even() -> None:
    assert prudent_threshold(np.array([0.1, 0.2]), np.zeros(2), 1, COSTS) == break_even(COSTS)
