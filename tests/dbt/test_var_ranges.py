"""dbt and Python refuse the same vars: the edges of every range, asked of `bad_vars` and of `settings.Fleet`."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from jinja2 import Environment
from pydantic import ValidationError

from settings import ROOT, Fleet
from tests.dbt.macros import macro

SHIPPED: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
HALF = 1.5  # no whole number
# Of each var what is just accepted, and what is just refused.
EDGES: dict[str, tuple[list[Any], list[Any]]] = {
    "sensors": (
        [{"volt": {"min": 0, "max": 0.001}}, {"_v1": {"min": -1, "max": 0, "unit": "V"}},
         {"volt": {"min": 0, "max": 10**15}}, {"volt": {"min": -(10**15), "max": 0, "decimals": 0}},
         {"volt": {"min": 0, "max": 10**9, "decimals": 6}}, {"volt": {"min": 0, "max": 1, "decimals": 15}},
         {"volt": {"min": 0, "max": 1, "label": "Volt (V)"}},
         {"volt": {"min": 0, "max": 1e-6}}, {"volt": {"min": 0, "max": 1e-12, "decimals": 12}},
         {"volt": {"min": 0, "max": 1, "component": "comp1"}},
         {"volt": {"min": 0, "max": 1, "kind": "gauge"}}, {"volt": {"min": 0, "max": 1, "kind": "counter"}},
         {"mode": {"min": 0, "max": 2, "kind": "state", "states": {"idle": 0, "run": 2}, "on_change_hours": 1}}],
        [{}, {"volt": {"min": 1, "max": 1}}, {"1v": {"min": 0, "max": 1}}, {"v t": {"min": 0, "max": 1}},
         {"volt": {"min": 0}}, {"volt": {"min": 0, "max": "1e5"}},
         {"volt": {"min": 0, "max": 10**15 + 1}}, {"volt": {"min": -(10**15) - 1, "max": 0}},
         {"volt": {"min": 0, "max": 10**9 + 1, "decimals": 6}}, {"volt": {"min": 0, "max": 1, "decimals": 16}},
         {"volt": {"min": 0, "max": 1, "decimals": -1}}, {"volt": {"min": 0, "max": 1, "decimals": HALF}},
         {"volt": {"min": 0, "max": 1, "label": " "}}, {"volt": {"min": 0, "max": 1, "label": 5}},
         {"volt": {"min": 0, "max": 9e-7}}, {"volt": {"min": 0, "max": 400, "decimal": 2}},
         {"volt": {"min": 0, "max": 1, "component": "comp9"}},
         {"volt": {"min": 0, "max": 1, "component": "comp1", "kind": "counter"}},
         {"volt": {"min": 0, "max": 1, "kind": "count"}}, {"volt": {"min": 0, "max": 1, "states": {"run": 1}}}]
        + [{"mode": {"min": 0, "max": 2, "kind": "state", "states": states}}
           for states in ({}, None, ["run"], {"idle": 0, "run": 3}, {"idle": 0, "run": -1}, {"idle": 0, "run": 0},
                          {"idle": 0, "run": HALF}, {"idle": 0, "run": "1"}, {"idle": 0, "run": True}, {False: 0},
                          {"at rest": 0})]
        + [{"volt": {"min": 0, "max": 1, "on_change_hours": hours}} for hours in (0, -1, HALF, True, "1")]
        + [{name: {"min": 0, "max": 1}} for name in ("errors", "Not_Running", "error1", "COMP1")]
        + [{name: {"min": 0, "max": 1} for name in ("volt", "Volt")}],
    ),
    "error_codes": (
        [[], ["e"], {}, {"e": "E 1 / ü"}, {"e": "e"}],
        [["e 1"], ["1e"], {"e 1": "e"}, {"e": ""}, {"e": " "}, {"e": 1}, {"e": "x", "f": "x"}, {"e": "f", "f": "y"},
         ["errors"], ["e", "Errors"], ["e", "e"], ["e", "E"], {"e": "x", "E": "y"}, ["not_running"], ["Volt"],
         {"comp1": "x"}],
    ),
    "components": ([["c"], {"c": "Gear"}], [[], {}, ["c 1"], ["1c"], {"c 1": "c"}, {"c": None},
                                                   ["any"], {"Failure": "Gear"}, ["c", "d", "C"], ["c", "c"],
                                                   ["errors"], ["volt"], {"error1": "Gear"}]),
    "telemetry_step_hours": ([1, HALF, 7, 24, 0.0167, 0.0003], [0, -1, 24.1, 0.0001, True, "1"]),
    "snapshot_every_hours": ([1, 24], [0, 5, 25, 48, HALF]),
    "scoring_hour": ([0, 23], [-1, 24, HALF]),
    "horizon_hours": ([1], [0, HALF]),
    "horizons_hours": (
        [[], [24], [24, 48], [1, 2], [168, 1000]],
        [[48, 24], [24, 24], [0, 1], [HALF], [24, HALF], ["24"], [True, 2], "24", 24, {24: 48}],
    ),
    "windows_hours": ([[1], [334]], [[], [0], [335], [336], [HALF], [3, -3]]),
    "baseline_hours": ([50], [49, 48, 0, HALF]),
    "min_baseline_readings": ([1], [0, HALF]),
    "new_hours": ([0, 2, 336], [-1, 1, 337, HALF]),
    "missing_words": ([[], ["n/a"]], ["n/a", [1]]),
    "removed_words": ([[], ["removed"]], ["removed", [1]]),
    "plausible_clock": (
        [{}, {"ahead_minutes": 0}, {"ahead_minutes": 60}, {"earliest": "1970-01-01"}]
        + [{key: 1} for key in ("gap_days", "reach_days", "confirm_rows")],
        [{"ahead_minutes": -1}, {"ahead_minutes": 61}, {"ahead_minutes": HALF}, {"earliest": "1969-12-31"},
         {"earliest": "soon"}, {"behind_minutes": 1}]
        + [{key: 0} for key in ("gap_days", "reach_days", "confirm_rows")],
    ),
    "regimes": (
        [{}, {"volt": [1]}, {"volt": [-1, 0.5, 3], "rotate": [100]}, {"volt": list(range(255))}],
        [{"load": [1]}, {"volt": []}, {"volt": 1}, {"volt": "1"}, {"volt": [2, 1]}, {"volt": [1, 1]}, {"volt": ["1"]},
         {"volt": [True]}, {"volt": None}, ["volt"], "volt", {"volt": list(range(256))}],
    ),
    "slopes_hours": ([[], [24], [3, 12, 24, 48]], [[5], [0], [HALF], "24", 24]),
    "moved_hours": ([[], [24], [3, 12, 24, 48]], [[5], [0], [HALF], "24", 24]),
    "sensor_decimals": ([0, 6], [-1, 7, HALF]),
    "feed_latency_hours": (
        [{}, {"telemetry": 0, "errors": 0, "maint": 0, "failures": 0}],
        [{feed: -1} for feed in ("telemetry", "errors", "maint", "failures")] + [{"maint": HALF}, {"feedback": 1}],
    ),
    "corrective_hours": ([0], [-1, HALF]),
    "outage_gap_hours": ([0], [-1, HALF]),
    "found_within_hours": ([0], [-1, HALF]),
    "remaining_cap_hours": ([0, 3000], [-1, HALF]),
    "retired_after_days": ([1], [0, HALF]),
    "feed_reaches": (
        [{}, {"failures": None}, {"errors": "2026-01-31", "maint": "2026-01-31 00:00:00"}],
        [{"telemetry": "2026-01-31 00:00"}, {"failures": "soon"}, {"failures": "2026-01-31T00:00"}, {"failures": 7}],
    ),
    "restate_days": ([0], [-1, HALF]),
    "slice_rows": ([1], [0, HALF]),
    "episode_cooldown_hours": ([0], [-1, HALF]),
}  # fmt: skip
CASES = [
    (name, value, accepted)
    for name, edges in EDGES.items()
    for accepted, values in zip((True, False), edges, strict=True)
    for value in values
]


def told_by_dbt(given: dict[str, Any]) -> list[str]:
    """What the macros say of these vars; they are plain Jinja, so that no run of dbt is needed for each."""
    source = "".join(path.read_text() for path in (ROOT / "dbt_project/macros").glob("bad_*.sql"))
    template = Environment(extensions=["jinja2.ext.do"]).from_string(source)
    context = {
        "var": lambda name, default=None: given.get(name, default),
        "modules": SimpleNamespace(re=re),
        "tells_running": lambda: False,
    }
    problems: list[str] = []
    template.make_module(context).bad_vars(problems)  # type: ignore[attr-defined]
    return problems


def accepted_by_python(given: dict[str, Any]) -> bool:
    try:
        Fleet.model_validate(given)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("name", "value", "accepted"), CASES, ids=[f"{name}={value}" for name, value, _ in CASES])
def test_both_draw_the_line_at_the_same_value(name: str, value: Any, accepted: bool) -> None:
    given = {**SHIPPED, name: value}
    told = told_by_dbt(given)
    assert (not told, accepted_by_python(given)) == (accepted, accepted), told


def test_a_reading_that_holds_must_reach_the_next_step() -> None:
    for step, accepted in ((2, True), (3, False)):
        sensors = {"volt": {"min": 0, "max": 1, "on_change_hours": 2}}
        given = {**SHIPPED, "sensors": sensors, "telemetry_step_hours": step}
        assert (told_by_dbt(given) == [], accepted_by_python(given)) == (accepted, accepted)


@pytest.mark.parametrize(("said", "horizons", "accepted"), [(48, [48, 96], True), (48, [24, 48], False)])
def test_a_horizon_that_is_said_is_the_first(said: int, horizons: list[int], accepted: bool) -> None:
    """And the shipped 24 is nobody's word: see `horizons_hours` above."""
    given = {**SHIPPED, "horizon_hours": said, "horizons_hours": horizons}
    told = told_by_dbt(given)
    assert (told == [], accepted_by_python(given)) == (accepted, accepted)
    assert accepted or told == [
        "horizon_hours = 48 is not 24, the first of horizons_hours, which decides: leave it out."
    ]


@pytest.mark.parametrize(
    ("given", "horizons"),
    [
        ({}, (24, 48, 72, 168)),
        ({"horizon_hours": 10}, (10, 20, 30, 70)),
        ({"horizons_hours": [12]}, (12,)),
        ({"horizons_hours": [36, 40]}, (36, 40)),
    ],
)
def test_both_know_the_same_horizons(given: dict[str, Any], horizons: tuple[int, ...]) -> None:
    """Asked by the vars as the file has them: what settings make of them reaches no dbt."""
    fleet = Fleet.model_validate({**SHIPPED, **given})
    assert (fleet.horizons, fleet.horizon_hours, fleet.further_horizons) == (horizons, horizons[0], horizons[1:])
    asked = SimpleNamespace(model_dump=lambda **_: {**SHIPPED, **given})
    assert tuple(macro("horizons", asked)) == horizons  # type: ignore[arg-type]
    assert macro("horizons", asked, name="horizon_hours") == horizons[0]  # type: ignore[arg-type]
    assert tuple(macro("horizons", asked, name="further_horizons")) == horizons[1:]  # type: ignore[arg-type]
    assert macro("row_meaning", asked, tells_running=lambda: False)["horizon_hours"] == horizons[0]  # type: ignore[arg-type]


def test_a_state_called_off_is_told_what_yaml_makes_of_it() -> None:
    given = {**SHIPPED, "sensors": yaml.safe_load("mode: {kind: state, min: 0, max: 1, states: {off: 0, run: 1}}")}
    assert "put its name in quotes" in told_by_dbt(given)[0]
    with pytest.raises(ValidationError, match="in quotes"):
        Fleet.model_validate(given)


def test_no_var_is_left_out() -> None:
    """But where files come from, which is landing's alone: dbt reads what has landed."""
    assert set(EDGES) == set(SHIPPED) == set(Fleet.model_fields) - {"mapping"}


def test_the_shipped_vars_are_fine() -> None:
    assert told_by_dbt(SHIPPED) == []
    assert accepted_by_python(SHIPPED)
