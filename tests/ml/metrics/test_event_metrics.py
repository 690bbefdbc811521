from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ml.metrics.event_metrics import event_figures
from settings import Economics

COSTS = Economics(missed_failure=1000, planned_replacement=150, needless_visit=50, inspections_per_day=10)
START = datetime(2025, 1, 1)


def fleet(rows: list[tuple[int, int, bool]], failures: list[tuple[int, int, str]], horizon: int) -> tuple[Any, Any]:
    frame = pd.DataFrame(
        [(f"m{m}", START + timedelta(hours=h), alert) for (m, h), alert in {(m, h): a for m, h, a in rows}.items()],
        columns=["machine_id", "as_of", "alert"],
    )
    failed = pd.DataFrame(
        [(f"m{m}", START + timedelta(hours=h), c) for m, h, c in dict.fromkeys(failures)],
        columns=["machine_id", "failed_at", "component"],
    ).astype({"failed_at": "datetime64[us]"})
    reach = timedelta(hours=horizon)
    ahead = [
        float(any(m == machine and as_of < at <= as_of + reach for m, at, _ in records(failed)))
        for machine, as_of, _ in records(frame)
    ]
    return frame.assign(fails_any=ahead), failed


def records(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.iloc[:, :3].itertuples(index=False, name=None))


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 12).map(lambda i: 6 * i), st.booleans()), min_size=1, max_size=25
    ),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 120), st.sampled_from(["comp1", "comp2"])), max_size=8),
    st.sampled_from([6, 24, 48]),
)
def test_matches_a_count_by_hand(
    rows: list[tuple[int, int, bool]], failures: list[tuple[int, int, str]], horizon: int
) -> None:
    frame, failed = fleet(rows, failures, horizon)
    got = event_figures(frame, frame["alert"].to_numpy(), failed, horizon)
    reach = timedelta(hours=horizon)
    first, last = frame["as_of"].min(), frame["as_of"].max()
    due = [(machine, at) for machine, at, _ in records(failed) if first < at <= last + reach]
    leads = []
    for failing, at in due:
        alerts = [t for machine, t, alert in records(frame) if alert and machine == failing and t < at <= t + reach]
        leads.append((at - min(alerts)).total_seconds() / 3600 if alerts else None)
    assert len(got.outcomes) == len(due)
    assert got.caught == sum(lead is not None for lead in leads)
    assert sorted(got.outcomes["lead_hours"].dropna()) == sorted(lead for lead in leads if lead is not None)
    needless = 0
    for _, day in frame.groupby(["machine_id", frame["as_of"].dt.date]):
        alerted = day[day["alert"]]
        needless += int(len(alerted) > 0 and (alerted["fails_any"] == 0).all())
    assert got.needless_visits == needless
    row = got.row(COSTS)
    assert got.machine_costs(COSTS).sum() == row["cost"]
    assert row["cost"] == 150 * got.caught + 50 * needless + 1000 * (len(due) - got.caught)


def test_two_components_failing_at_once_are_two_failures_and_either_name_is_right() -> None:
    frame, failed = fleet([(1, 0, True), (2, 0, True)], [(1, 24, "comp1"), (1, 24, "comp2"), (2, 20, "comp1")], 24)
    got = event_figures(frame, frame["alert"].to_numpy(), failed, 24, pd.Series(["comp2", "comp2"]))
    assert (len(got.outcomes), got.caught) == (3, 3)
    assert got.outcomes.sort_values(["machine_id", "component"])["component_right"].tolist() == [True, True, False]
    assert np.isclose(float(got.row(COSTS)["component_accuracy"]), 2 / 3)


def test_a_failure_that_no_row_foresaw_is_missed_not_forgotten() -> None:
    frame, failed = fleet([(1, 0, True), (1, 24, False)], [(3, 10, "comp1"), (1, 60, "comp1")], 24)
    got = event_figures(frame, frame["alert"].to_numpy(), failed, 24)
    assert (len(got.outcomes), got.caught, got.needless_visits) == (1, 0, 1)


def test_no_failures_at_all() -> None:
    frame, failed = fleet([(1, 0, False)], [], 24)
    row = event_figures(frame, frame["alert"].to_numpy(), failed, 24).row(COSTS)
    assert row["failures"] == 0
    assert np.isnan(row["share_caught"])


def test_a_day_on_which_one_alert_was_right_is_no_needless_visit() -> None:
    frame, failed = fleet([(1, 0, True), (1, 6, True), (2, 0, True), (2, 6, True)], [(1, 5, "comp1")], 6)
    assert frame["fails_any"].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert event_figures(frame, frame["alert"].to_numpy(), failed, 6).needless_visits == 1


def test_costs_fall_on_the_machines_that_cause_them() -> None:
    frame, failed = fleet([(1, 0, True), (2, 0, True), (3, 0, False), (4, 0, False)], [(1, 5, "c"), (3, 5, "c")], 24)
    got = event_figures(frame, frame["alert"].to_numpy(), failed, 24)
    assert got.machine_costs(COSTS).to_dict() == {"m1": 150.0, "m2": 50.0, "m3": 1000.0, "m4": 0.0}


def test_nobody_looked_at_a_failure_without_an_answered_row_and_no_time_was_watched() -> None:
    failures = [(1, 20, "c"), (2, 20, "c"), (2, 44, "c"), (9, 20, "c")]
    frame, failed = fleet([(1, 0, False), (1, 24, False), (2, 0, False), (2, 24, False)], failures, 24)
    answered = np.array([True, True, False, True])
    got = event_figures(frame, frame["alert"].to_numpy(), failed, 24, answered=answered)
    seen = got.outcomes.set_index(["machine_id", "failed_at"])["looked_at"].sort_index()
    assert seen.tolist() == [True, False, True, False]
    assert got.row(COSTS)["failures_not_looked_at"] == 2
    assert got.machine_months == 3 / 30


FOUND = pd.DataFrame(
    {
        "machine_id": ["m1"], "component": ["c"], "failed_at": [START + timedelta(hours=30)],
        "known_good_at": [START + timedelta(hours=24)],
    }
)  # fmt: skip


def found(rows: list[tuple[int, int, bool]]) -> Any:
    """The figures of rows (hour, label, alert) of a machine that failed between hour 24 and 30, horizon 24 h."""
    frame = pd.DataFrame(
        [("m1", START + timedelta(hours=hour), fails) for hour, fails, _ in rows],
        columns=["machine_id", "as_of", "fails_any"],
    )
    return event_figures(frame, np.array([alert for *_, alert in rows]), FOUND, 24)


def test_a_failure_that_was_found_is_caught_by_a_row_that_holds_all_of_its_time() -> None:
    for hour in (6, 24):  # the first and the last that do
        got = found([(0, 0, False), (hour, 1, True), (30, 0, False)])
        assert got.outcomes["lead_hours"].tolist() == [24 - hour]
        assert (got.caught, got.needless_visits) == (1, 0)
    assert found([(0, 0, False), (6, 1, False), (30, 0, False)]).outcomes["caught"].tolist() == [False]


def test_of_a_failure_that_only_doubtful_rows_alert_nobody_can_tell() -> None:
    """Another failure made their labels known, and none is at fault."""
    for hour in (5, 7, 25):
        doubtful = [(0, 0, False), (6, 1, False), (hour, 1, True), (30, 0, False)]
        assert len(found(doubtful).outcomes) == (hour == 7)  # which holds all of it
    assert len(found([(0, 0, False), (5, 1, False), (30, 0, False)]).outcomes) == 0
    assert found([(0, 0, True), (6, 1, False), (30, 0, True)]).outcomes["caught"].tolist() == [False]


def test_an_alert_without_a_label_is_not_needless() -> None:
    assert found([(0, 0, False), (6, 1, True), (25, np.nan, True)]).needless_visits == 0  # type: ignore[list-item]
