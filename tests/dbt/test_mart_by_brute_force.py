"""Every cell of the feature mart, for fleets full of trouble, against plain Python."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.dbt.dbt_kit import Drops, fleet
from tests.dbt.fleets import fleets, golden_fleet, make_fleet
from tests.dbt.golden import ROUNDS, SHORT, check, check_golden
from tests.dbt.horizon_oracle import expected_horizons
from tests.dbt.hours_oracle import expected_hours, expected_remaining
from tests.dbt.kinds import KINDS, ON_CHANGE, check_kinds, of_kinds

OTHER_VARS: dict[str, dict[str, Any]] = {
    "hourly": {
        "snapshot_every_hours": 1, "scoring_hour": 7, "windows_hours": [2, 5, 24], "baseline_hours": 72,
        "min_baseline_readings": 2, "horizon_hours": 10,
    },
    "feeds late, odd edges": {
        **SHORT, "feed_latency_hours": {"telemetry": 4, "errors": 2, "maint": 3, "failures": 5},
        "snapshot_every_hours": 6, "scoring_hour": 7, "horizon_hours": 25, "corrective_hours": 0,
    },
    "wide buckets, horizon off them": {
        **SHORT, "snapshot_every_hours": 12, "scoring_hour": 0, "windows_hours": [12, 36], "horizon_hours": 7,
    },
    "found at a round": ROUNDS,
    "one window, few names": {
        **SHORT, "windows_hours": [6], "error_codes": ["error1"], "components": ["comp3"], "restate_days": 0,
        "sensors": {"volt": {"min": 0, "max": 400}},
    },
}  # fmt: skip

OTHER_VARS_AT_LENGTH = ("hourly", "one window, few names")  # for `make test-slow`

BOUNDED = settings(
    derandomize=True,
    database=None,
    max_examples=4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_every_trouble_once(tmp_path: Path) -> None:
    check_golden(tmp_path / "night")


def test_the_shipped_vars(tmp_path: Path) -> None:
    troubles = [[], [0, 5, 15, 21], [10, 13, 17, 19], [9, 12, 16, 22], [8, 14, 25], [7, 18, 20, 24]]
    check(tmp_path / "night", make_fleet(troubles, hours=430, seed=3), {})


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in OTHER_VARS_AT_LENGTH else name for name in OTHER_VARS],
)
def test_other_vars(name: str, tmp_path: Path) -> None:
    check(tmp_path / "night", golden_fleet(), OTHER_VARS[name])


def test_the_golden_fleet_holds_every_kind_of_remaining_time() -> None:
    """Nothing is proved by failures that were all dated exactly."""
    known = fleet(ROUNDS)
    found = expected_hours(golden_fleet(), known).values()
    assert {(row["known"], row["ended_by"]) for row in found} >= {
        ("exact", "failure"), ("between", "failure"), ("longer", "replacement"), ("longer", "silence"),
        ("longer", "data"),
    }  # fmt: skip
    machines = expected_remaining(expected_hours(golden_fleet(), known)).values()
    assert {(row["known"], row["ended_by"]) for row in machines} >= {
        ("exact", "failure"), ("between", "failure"), ("between", "replacement"), ("longer", "replacement"),
    }  # fmt: skip
    between = [row for row in found if row["known"] == "between"]
    assert {row["hours_low"] == 0 for row in between} == {True, False}  # inside the interval, and before it
    horizon = known.horizon_hours
    assert any(row["hours_low"] < horizon < row["hours_high"] for row in between)
    assert any(row["hours_high"] == horizon for row in between)
    assert any(row["hours_low"] == horizon for row in between)


def test_the_golden_fleet_holds_every_outcome_of_every_horizon() -> None:
    known = fleet(ROUNDS)
    found = expected_horizons(golden_fleet(), known).values()
    for hours in known.further_horizons:
        assert {row[f"fails_within_{hours}h"] for row in found} == {0, 1, None}
    first, second = (f"fails_within_{hours}h" for hours in known.further_horizons)
    assert any(row[first] is None and row[second] == 1 for row in found)
    assert any(row[first] == 0 and row[second] == 1 for row in found)
    assert {row["known_at"] is None for row in found} == {True, False}


def test_a_reading_far_out_of_range_does_not_stop_the_night(tmp_path: Path) -> None:
    drops = make_fleet([[], [15]], hours=100, seed=5)
    for row, value in zip(drops["PdM_telemetry.csv"], (1000.0, -1234.5, 99_999.999999, 9_999_999.5), strict=False):
        row["rotate"] = value
    check(tmp_path / "night", drops, SHORT)


def test_a_counter_and_a_tiny_sensor_are_summed_exactly(tmp_path: Path) -> None:
    """Fifteen digits of each: whole numbers up to 1e15, and a trillionth of a unit."""
    drops = make_fleet([[], [10, 15]], hours=120, seed=7)
    for number, row in enumerate(drops["PdM_telemetry.csv"] + drops["PdM_telemetry_later.csv"]):
        row["rotate"] = 10**15 - 791_900_000_007 * (number % 997)
        row["vibration"] = round(1e-9 * (1 + number % 97), 12)
    ranges = {"volt": {"min": 0, "max": 400}, "rotate": {"min": 0, "max": 10**15}, "pressure": {"min": 0, "max": 10**9}}
    sensors = {**ranges, "vibration": {"min": 0, "max": 1, "decimals": 12}}
    check(tmp_path / "night", drops, {**SHORT, "sensors": sensors})


# The first has the vars of `check_kinds`, whose machines are off at times.
@pytest.mark.parametrize(
    "fleet_vars", [pytest.param(KINDS, marks=pytest.mark.slow), ON_CHANGE], ids=["kinds", "on change"]
)
def test_counters_states_and_readings_that_hold(fleet_vars: dict[str, Any], tmp_path: Path) -> None:
    check(tmp_path / "night", of_kinds(golden_fleet()), fleet_vars)


def test_machines_that_are_off_have_no_readings(tmp_path: Path) -> None:
    check_kinds(tmp_path / "night")


def test_two_versions_of_one_moment_in_one_file(tmp_path: Path) -> None:
    """One row without a time and one that says the very time the first gets: the last line has the word."""
    drops = make_fleet([[], []], hours=60, seed=6)
    rows = drops["PdM_telemetry.csv"]
    for row in rows[10:50:4]:
        rows.append({**row, "volt": 201.5, "available_at": row["datetime"]})
    for row in rows[12:50:4]:
        rows.append({**row, "volt": 202.5})
        row["available_at"] = row["datetime"]
    check(tmp_path / "night", drops, SHORT)


class TestAnyFleet:
    @given(drops=fleets(machines=12, hours=120))
    @BOUNDED
    def test_a_few(self, drops: Drops, tmp_path_factory: pytest.TempPathFactory) -> None:
        check(tmp_path_factory.mktemp("night") / "run", drops, SHORT)

    @pytest.mark.slow
    @given(drops=fleets(machines=16, hours=200))
    @settings(BOUNDED, derandomize=False, max_examples=80)
    def test_many(self, drops: Drops, tmp_path_factory: pytest.TempPathFactory) -> None:
        check(tmp_path_factory.mktemp("night") / "run", drops, SHORT)
