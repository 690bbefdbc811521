"""Pages say what waiting costs and why a small risk is worth a visit, by the costs of the settings."""

import pytest

from delivery.pages.stakes import WORTH_A_VISIT, cost_of_waiting, standing, why_a_visit
from settings import Economics

COSTS = Economics(missed_failure=1000, planned_replacement=150, needless_visit=50, inspections_per_day=10)


@pytest.mark.parametrize(
    ("level", "probability", "words"),
    [("high", 0.99, "high"), ("high", 0.67, "high"), ("high", 0.66, WORTH_A_VISIT), ("high", 0.08, WORTH_A_VISIT),
     ("high", 0.04, WORTH_A_VISIT),
     ("elevated", 0.08, "elevated"), ("normal", 0.001, "normal"), ("silent", None, "silent"), ("high", None, "high")],
)  # fmt: skip
def test_an_alert_is_high_where_the_part_had_better_be_replaced_unseen(
    level: str, probability: float | None, words: str
) -> None:
    assert standing(level, probability, COSTS) == words


def test_waiting_is_told_in_visits() -> None:
    assert cost_of_waiting(0.08, COSTS) == "Waiting costs 1.6 visits on average"
    assert cost_of_waiting(0.99, COSTS) == "Waiting costs 20 visits on average"
    assert cost_of_waiting(0.05, COSTS) == "Waiting costs 1.0 visit on average"
    assert cost_of_waiting(None, COSTS) == ""
    assert cost_of_waiting(0.08, COSTS.model_copy(update={"needless_visit": 0})) == ""


def test_why_a_visit_says_what_the_settings_say() -> None:
    told = why_a_visit(COSTS, [])
    assert told == "A missed failure costs as much as 20 needless visits, so a visit pays from 6 % on."
    assert why_a_visit(COSTS, [0.06]) == told, "the model asks from there too"
    assert why_a_visit(COSTS, [0.02]).endswith("; the model, which allows for being somewhat off, alerts from 2 % on.")
    assert why_a_visit(COSTS, [0.1, 0.02]).endswith(" alerts from 2 % or 10 % on.")
    dear = COSTS.model_copy(update={"needless_visit": 425})
    assert "costs as much as 2 needless visits, so a visit pays from 50 % on" in why_a_visit(dear, [])
    for never in ({"needless_visit": 0}, {"missed_failure": 100}):
        assert why_a_visit(COSTS.model_copy(update=never), [0.1]) == ""
