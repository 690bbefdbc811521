"""Vars that cannot be built are refused before any model runs, one sentence each."""

from pathlib import Path
from typing import Any

import pytest

from settings import ROOT
from settings.lines import yaml_line
from tests.dbt.dbt_kit import Nightshift
from tests.dbt.fleets import make_fleet
from warehouse.connection import connect

SENSOR = {"unit": "V", "min": 0, "max": 400}
# Every sentence of one run: each is told beside the others.
BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "each by itself": (
        {
            "sensors": {"vo lt; --": SENSOR, "volt": {"min": 5, "max": 5}},
            "error_codes": ["error1", "error 2"],
            "telemetry_step_hours": 0,
            "horizon_hours": 0,
            "scoring_hour": 24,
            "sensor_decimals": 9,
        },
        [
            "sensor 'vo lt; --' is no identifier",
            "sensor 'volt' needs an accepted range with min < max",
            "error_codes holds 'error 2', which is no identifier",
            "telemetry_step_hours = 0 must be a number of hours, from a second (0.0003)",
            "horizon_hours = 0 must be a whole number of hours, at least 1",
            "scoring_hour = 24 must be an hour of the day",
            "sensor_decimals = 9 must be 0 to 6",
        ],
    ),
    "beside others": (
        {
            "sensors": {"volt": {"min": 0, "max": 10**16}, "rotate": {"min": 0, "max": 10**12, "decimals": 6}},
            "windows_hours": [12, 0],
            "snapshot_every_hours": 5,
            "restate_from": "yesterday",
        },
        [
            "sensor 'volt' reaches to 10000000000000000 with 0 decimals",
            "sensor 'rotate' reaches to 1000000000000 with 6 decimals, and at most 15 digits are kept of a reading",
            "window 0 h (windows_hours) must be a whole number of hours, at least 1",
            "snapshot_every_hours = 5 must divide 24",
            "restate_from = 'yesterday' must be a date such as 2025-01-31",
        ],
    ),
    "no sensor": ({"sensors": {}}, ["sensors must map each telemetry column to its range"]),
    "a sensor without a column": (
        {"sensors": {"volt": SENSOR, "humidity": SENSOR}},
        ["unknown sensor 'humidity': raw.telemetry has no such column"],
    ),
    "a short baseline": ({"baseline_hours": 48}, ["baseline_hours = 48 must be longer than the longest window"]),
    "a long step": (
        {"telemetry_step_hours": 24, "baseline_hours": 72},
        ["leaves 24 h before the longest window, fewer than two steps"],
    ),
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    landed = Nightshift(tmp_path_factory.mktemp("bad_vars") / "night")
    landed.land(make_fleet([[]], hours=30, seed=1))
    return landed


@pytest.mark.parametrize("name", BAD)
def test_vars_that_cannot_be_built_are_named(night: Nightshift, name: str) -> None:
    bad, sentences = BAD[name]
    with pytest.raises(AssertionError) as told:
        night.dbt("run", "--select", "build_window", **bad)
    assert [sentence for sentence in sentences if sentence not in str(told.value)] == []
    assert not night.rows("select 1 from information_schema.tables where table_schema = 'main'")


def test_nothing_landed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"raw.telemetry does not exist .* land the raw files first"):
        Nightshift(tmp_path / "night").dbt("run", "--select", "build_window")


def test_a_sensor_that_no_landed_file_had_is_named_with_one_of_them(tmp_path: Path) -> None:
    known = dict.fromkeys(("volt", "rotate", "pressure", "vibration", "humidity"), SENSOR)
    night = Nightshift(tmp_path / "night", {"sensors": known})
    night.drops.mkdir(parents=True, exist_ok=True)
    row = "2024-12-30 06:00:00,1,170,400,100,40\n"
    (night.drops / "telemetry.csv").write_text("datetime,machineID,volt,rotate,pressure,vibration\n" + row)
    night.land()
    with pytest.raises(AssertionError, match=r"sensor 'humidity' is in no file that has landed, such as telemetry.csv"):
        night.dbt("run", "--select", "build_window")
    (night.drops / "telemetry_2.csv").write_text("datetime,machineID,humidity\n2024-12-30 06:00:00,2,50\n")
    night.land()
    night.dbt("run", "--select", "build_window")


def test_a_var_of_the_file_is_told_with_its_line(tmp_path: Path) -> None:
    """Vars that the command gives stand in no line, those of the file do."""
    night = Nightshift(tmp_path / "night")
    night.land(make_fleet([[]], hours=3, seed=1))
    with connect(night.home / "warehouse.duckdb") as con:
        con.execute("alter table raw.telemetry drop column volt")
    line, _ = yaml_line(ROOT / "dbt_project.yml", ("vars", "sensors", "volt"))
    with pytest.raises(AssertionError, match=rf"- line {line}: unknown sensor 'volt'"):
        night.dbt("run", "--select", "build_window")
