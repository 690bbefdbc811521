"""Every var says what a change of it reaches, and what stored rows mean follows from just those that reach it."""

from typing import Any

import pytest
import yaml

from settings import ROOT, Fleet
from tests.dbt.dbt_kit import fleet
from tests.dbt.macros import macro

VARS: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
VOLT = {"min": 0, "max": 400}
# For every var another value, and what a home built before must be told of it.
CHANGED: dict[str, tuple[Any, list[str]]] = {
    "sensors": (
        {"volt": {**VOLT, "decimals": 3}},
        ["sensors.volt: 0.0 to 400.0, 6 decimals -> 0.0 to 400.0, 3 decimals"],
    ),
    "error_codes": (["error1"], ["error_codes: error1, error2, error3, error4, error5 -> error1"]),
    "components": (["comp1"], ["components: comp1, comp2, comp3, comp4 -> comp1"]),
    "telemetry_step_hours": (3, ["telemetry_step_hours: 1 -> 3"]),
    "snapshot_every_hours": (6, ["snapshot_every_hours: 3 -> 6"]),
    "scoring_hour": (7, ["scoring_hour: 6 -> 7"]),
    "horizon_hours": (48, ["horizon_hours: 24 -> 48"]),
    "horizons_hours": ([36, 72], ["horizon_hours: 24 -> 36"]),
    "windows_hours": ([24, 3], ["windows_hours: 3, 12, 24, 48 -> 3, 24"]),
    "baseline_hours": (240, ["baseline_hours: 336 -> 240"]),
    "min_baseline_readings": (9, ["min_baseline_readings: 48 -> 9"]),
    "new_hours": (168, ["new_hours: none -> 168"]),
    "regimes": (
        {"volt": [170, 180.5], "rotate": [450]},
        ["regimes.1 by volt: none -> 170, 180.5", "regimes.2 by rotate: none -> 450"],
    ),
    "slopes_hours": ([24, 12], ["slopes_hours: none -> 12, 24"]),
    "moved_hours": ([24, 12], ["moved_hours: none -> 12, 24"]),
    "sensor_decimals": (2, []),
    "missing_words": (["n/a"], []),
    "removed_words": (["gone"], []),
    "plausible_clock": ({"ahead_minutes": 5}, []),
    "feed_latency_hours": ({"failures": 7}, ["feed_latency_hours.failures: none -> 7"]),
    "corrective_hours": (1, ["corrective_hours: 24 -> 1"]),
    "outage_gap_hours": (1, ["outage_gap_hours: 24 -> 1"]),
    "found_within_hours": (24, ["found_within_hours: none -> 24"]),
    "remaining_cap_hours": (240, []),
    "retired_after_days": (9, ["retired_after_days: 14 -> 9"]),
    "feed_reaches": ({"failures": "2025-01-01"}, []),
    "restate_days": (9, []),
    "slice_rows": (7, []),
    "episode_cooldown_hours": (1, []),
}


def meaning(known: Fleet, kind: str = "row") -> dict[str, Any]:
    called = {"var_reach": lambda: macro("var_reach", known), "sensor_decimals": known.decimals}
    found: dict[str, Any] = macro("row_meaning", known, name=f"{kind}_meaning", most_steps=lambda _: 10**14, **called)
    return found


def as_kept(name: str, decimals: int) -> str:
    known = VARS["sensors"][name]
    return f"sensors.{name}: {float(known['min'])} to {float(known['max'])}, {decimals} decimals"


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found: list[str] = macro("row_meaning", fleet(), before, now, name="meaning_changes")
    return found


def test_how_files_call_a_code_is_part_of_what_rows_mean() -> None:
    listed, mapped, called = (fleet({"error_codes": codes}) for codes in (["e1"], {"e1": "e1"}, {"e1": "E 1"}))
    assert meaning(listed) == meaning(mapped)
    assert changes(meaning(listed), meaning(called)) == ["error_codes.e1: none -> E 1"]


def test_every_var_says_what_it_reaches() -> None:
    reach = macro("var_reach", fleet())
    assert set(reach) == {*VARS, "restate_from"}
    assert set(reach.values()) == {"rows", "sensors", "landing", "build"}
    assert set(CHANGED) == set(VARS), "give the new var another value here, and what it changes"


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_is_told_where_it_reaches_rows(name: str) -> None:
    value, told = CHANGED[name]
    now = meaning(fleet({name: value}))
    found = changes(meaning(fleet()), now)
    if name == "sensors":
        told = [*told, *(f"{as_kept(other, 6)} -> none" for other in VARS["sensors"] if other != "volt")]
    if name == "sensor_decimals":
        told = [f"{as_kept(other, 6)} -> {as_kept(other, 2).partition(': ')[2]}" for other in VARS["sensors"]]
    assert sorted(found) == sorted(told)


def test_further_horizons_mean_nothing_of_what_is_stored() -> None:
    assert changes(meaning(fleet()), meaning(fleet({"horizons_hours": [24, 100]}))) == []


def test_order_units_and_feeds_without_latency_mean_nothing() -> None:
    sensors = {name: {**VARS["sensors"][name], "unit": "?"} for name in reversed(VARS["sensors"])}
    latency = dict.fromkeys(("errors", "maint"), 0)
    other = fleet({"sensors": sensors, "components": VARS["components"][::-1], "feed_latency_hours": latency})
    assert changes(meaning(fleet()), meaning(other)) == []


def test_how_files_are_read_is_known_apart() -> None:
    before, now = meaning(fleet(), "landing"), meaning(fleet({"removed_words": ["b", "a"]}), "landing")
    assert changes(before, now) == ["removed_words: removed -> a, b"]


def test_a_wider_range_lets_readings_in_that_were_none() -> None:
    wider = fleet({"sensors": {**VARS["sensors"], "volt": {"min": 0, "max": 500}}})
    assert changes(meaning(fleet()), meaning(wider)) == [
        "sensors.volt: 0.0 to 400.0, 6 decimals -> 0.0 to 500.0, 6 decimals"
    ]


def test_what_a_sensor_is_and_how_long_it_holds_is_told() -> None:
    mode = {"min": 0, "max": 2, "kind": "state", "states": {"idle": 0, "run": 2}, "on_change_hours": 8}
    before = fleet({"sensors": {"mode": {"min": 0, "max": 2}, "count": {"min": 0, "max": 9}}})
    now = fleet({"sensors": {"mode": mode, "count": {"min": 0, "max": 9, "kind": "counter"}}})
    assert changes(meaning(before), meaning(now)) == [
        "sensors.mode: 0.0 to 2.0, 6 decimals -> 0.0 to 2.0, 6 decimals, state idle=0 run=2, held 8 h",
        "sensors.count: 0.0 to 9.0, 6 decimals -> 0.0 to 9.0, 6 decimals, counter",
    ]


@pytest.mark.parametrize("new_hours", [0, 168])
def test_of_which_component_a_sensor_tells_counts_where_wear_is_told(new_hours: int) -> None:
    kept = "0.0 to 400.0, 6 decimals"
    plain, tied = (
        fleet({"new_hours": new_hours, "sensors": {"volt": volt}}) for volt in (VOLT, {**VOLT, "component": "comp1"})
    )
    told = [f"sensors.volt: {kept} -> {kept}, of comp1"] if new_hours else []
    assert changes(meaning(plain), meaning(tied)) == told


def test_a_new_sensor_is_told() -> None:
    assert changes({"rules": 1}, {"rules": 2, "sensors.oil": "6 decimals"}) == [
        "rules: 1 -> 2", "sensors.oil: none -> 6 decimals",
    ]  # fmt: skip
