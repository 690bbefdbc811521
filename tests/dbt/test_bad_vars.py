"""Vars that cannot be built are refused before any model runs, one sentence each."""

from pathlib import Path
from typing import Any

import pytest

from tests.dbt.dbt_kit import Nightshift
from tests.dbt.fleets import make_fleet

SENSOR = {"unit": "V", "min": 0, "max": 400}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"sensors": {"volt": SENSOR, "humidity": SENSOR}}, "unknown sensor 'humidity': raw.telemetry has no such column"),
    ({"sensors": {"vo lt; --": SENSOR}}, "sensor 'vo lt; --' is no identifier"),
    ({"sensors": {"volt": {"min": 5, "max": 5}}}, "sensor 'volt' needs an accepted range with min < max"),
    ({"sensors": {"volt": {"min": 0, "max": 10**16}}}, "sensor 'volt' reaches to 10000000000000000 with 0 decimals"),
    ({"sensors": {"volt": {"min": 0, "max": 10**12, "decimals": 6}}}, "at most 15 digits are kept of a reading"),
    ({"sensors": {}}, "sensors must map each telemetry column to its range"),
    ({"error_codes": ["error1", "error 2"]}, "error_codes holds 'error 2', which is no identifier"),
    (
        {"telemetry_step_hours": 0},
        "telemetry_step_hours = 0 must be a number of hours, from a second (0.0003)",
    ),
    ({"telemetry_step_hours": 24, "baseline_hours": 72}, "leaves 24 h before the longest window, fewer than two steps"),
    ({"windows_hours": [12, 0]}, "window 0 h (windows_hours) must be a whole number of hours, at least 1"),
    ({"horizon_hours": 0}, "horizon_hours = 0 must be a whole number of hours, at least 1"),
    ({"snapshot_every_hours": 5}, "snapshot_every_hours = 5 must divide 24"),
    ({"scoring_hour": 24}, "scoring_hour = 24 must be an hour of the day"),
    ({"baseline_hours": 48}, "baseline_hours = 48 must be longer than the longest window"),
    ({"sensor_decimals": 9}, "sensor_decimals = 9 must be 0 to 6"),
    ({"restate_from": "yesterday"}, "restate_from = 'yesterday' must be a date such as 2025-01-31"),
]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    landed = Nightshift(tmp_path_factory.mktemp("bad_vars") / "night")
    landed.land(make_fleet([[]], hours=30, seed=1))
    return landed


@pytest.mark.parametrize(("bad", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_a_var_that_cannot_be_built_is_named(night: Nightshift, bad: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AssertionError) as told:
        night.dbt("run", "--select", "build_window", **bad)
    assert sentence in str(told.value)
    assert not night.rows("select 1 from information_schema.tables where table_schema = 'main'")


def test_nothing_landed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"raw.telemetry does not exist .* land the raw files first"):
        Nightshift(tmp_path / "night").dbt("run", "--select", "build_window")
