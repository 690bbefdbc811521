"""Further horizons on the leaderboard: their own labels, the models that know them, and the rules."""

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.contenders import Answer
from ml.evaluation.horizon_scenarios import by_first, horizon_scenarios, within
from ml.evaluation.leaderboard import HeldOut, board
from ml.evaluation.scenarios import CONFIGURED, GRID
from ml.mart.columns import ANY, label
from ml.training.recipe import Recipe

RULE = "rule:any_error_24h"


@pytest.fixture
def rows() -> pd.DataFrame:
    nights = pd.date_range("2025-02-01 06:00", periods=8, freq="D")
    return pd.DataFrame({"machine_id": ["m1"] * 4 + ["m2"] * 4, "as_of": [*nights[:4], *nights[:4]],
                         label(ANY): [0.0, 0.0, 1.0, 0.0] + [0.0] * 4}, index=range(100, 108))  # fmt: skip


@pytest.fixture
def judged(rows: pd.DataFrame, recipe: Recipe) -> dict[str, tuple[HeldOut, dict[str, Answer]]]:
    failures = pd.DataFrame(
        {"machine_id": ["m1"], "component": ["comp1"], "failed_at": [pd.Timestamp("2025-02-03 18:00")]}
    )
    first = np.array([0.1, 0.2, 0.9, 0.1, 0.3, 0.1, 0.1, 0.1])
    farther = pd.DataFrame({48: np.array([0.1, 0.8, 0.9, 0.1, 0.3, 0.1, np.nan, 0.1])}, index=rows.index)
    probabilities = pd.DataFrame({ANY: first}, index=rows.index)
    component = pd.Series("comp1", index=rows.index)
    model = Answer(first, first >= 0.5, probabilities, component, farther)
    older = Answer(first, first >= 0.5, probabilities, component)
    answers = {"champion": model, "challenger": older, "logistic regression": older, RULE: Answer(first, first > 1)}
    return {name: (HeldOut(name, rows, failures, recipe), answers) for name in (CONFIGURED, GRID)}


@pytest.fixture
def further(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({48: [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, np.nan], 72: 0.0}, index=rows.index)


def test_who_knows_a_horizon_is_judged_by_its_labels_beside_the_rules(
    judged: dict[str, tuple[HeldOut, dict[str, Answer]]], further: pd.DataFrame
) -> None:
    found = horizon_scenarios(judged, further)
    assert list(found) == ["within 48 h", "within 48 h, whole grid"]
    assert within(72, GRID) == "within 72 h, whole grid"
    held_out, answers = found["within 48 h"]
    assert held_out.labels.tolist() == [0, 1, 1, 0, 0, 0, 0]
    assert held_out.recipe.fleet.horizon_hours == 48
    assert list(answers) == ["champion", by_first(24), RULE]
    table = board(held_out, answers)
    rows = {row["contender"]: row for row in table.to_dict("records")}
    assert rows["champion"]["average_precision"] == 1.0
    assert rows[by_first(24)]["average_precision"] < 1.0
    assert (table["rows"] == 7).all()
    assert (table["positives"] == 2).all()
    known = [0.1, 0.8, 0.9, 0.1, 0.3, 0.1]
    assert rows["champion"]["brier"] == pytest.approx(np.mean((np.array(known) - [0, 1, 1, 0, 0, 0]) ** 2))
    assert np.isnan([rows[who]["brier"] for who in (RULE, by_first(24))]).all()
    assert (rows["champion"]["failures_caught"], rows["champion"]["failures"]) == (1, 1)


def test_a_horizon_of_which_nothing_is_known_or_learnt_is_left_out(
    judged: dict[str, tuple[HeldOut, dict[str, Answer]]], further: pd.DataFrame
) -> None:
    assert horizon_scenarios(judged, further[[72]]) == {}
    assert horizon_scenarios(judged, further * np.nan) == {}


def test_a_silent_machine_has_no_answer_for_any_horizon(
    judged: dict[str, tuple[HeldOut, dict[str, Answer]]], rows: pd.DataFrame
) -> None:
    silent = (rows["machine_id"] == "m1").to_numpy()
    farther = judged[CONFIGURED][1]["champion"].silenced(silent).within(48)
    assert farther is not None
    assert not farther.answered[silent].any()
    assert farther.alerts.sum() == 0
