"""What dbt sees of a fleet: `running` of vars.mapping as landing does, and whether its home is the one meant."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from settings import ROOT, Fleet, load_settings
from tests.dbt.macros import macro

KNOWN = load_settings(ROOT, env={}).fleet.model_dump(mode="json", exclude_none=True)
MODULES = SimpleNamespace(re=re)
RUNS = {"files": "*.csv", "running": "mode <> 'off'"}


class _Given:
    """Vars as they stand in the file, not as settings complete them."""

    def __init__(self, telemetry: Any) -> None:
        self._vars = {"mapping": {"telemetry": telemetry}}

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return self._vars


@pytest.mark.parametrize(
    ("telemetry", "told"),
    [(RUNS, True), ([RUNS], True), ({"files": "*"}, False), ([{"files": "*"}], False), (None, False)],
)
def test_dbt_sees_it_in_one_entry_as_in_a_list(telemetry: Any, told: bool) -> None:
    assert macro("running", _Given(telemetry), name="tells_running") is told  # type: ignore[arg-type]


def test_no_sensor_has_its_name_beside_it() -> None:
    sensors = {**KNOWN["sensors"], "Running": {"min": 0, "max": 1}}
    alone = Fleet.model_validate({**KNOWN, "sensors": sensors})
    problems: list[str] = []
    macro("bad_vars", alone, problems, modules=MODULES)
    assert problems == []
    with pytest.raises(ValueError, match=r"sensors.Running is what `running` of vars.mapping fills"):
        Fleet.model_validate({**KNOWN, "sensors": sensors, "mapping": {"telemetry": RUNS}})
    both = alone.model_copy(update={"mapping": Fleet.model_validate({**KNOWN, "mapping": {"telemetry": RUNS}}).mapping})
    macro("bad_vars", both, problems, modules=MODULES)
    assert problems == ["sensor 'Running' is what `running` of vars.mapping fills: call that sensor otherwise."]


@pytest.mark.parametrize(
    ("told", "folder", "refused"),
    [
        ({}, "/root/fleets/x", True),
        ({}, "/root", False),
        ({"DBT_PROJECT_DIR": "fleets/x"}, "/root/fleets/x", False),
        ({"NIGHTSHIFT_HOME": "/home"}, "/root/fleets/x", False),
    ],
)
def test_a_project_whose_home_the_profile_cannot_see_is_refused(
    told: dict[str, str], folder: str, refused: bool
) -> None:
    known = {
        "env_var": told.get,
        "invocation_args_dict": {"project_dir": folder},
        "flags": SimpleNamespace(PROFILES_DIR="/root"),
    }
    found = macro("check_vars", Fleet.model_validate(KNOWN), name="is_of_another_home", **known)
    assert bool(found) is refused


VARS = """\
name: mine
# vars: not these
vars:
  # horizon_hours: 3
  sensors:
    volt: {min: 0, max: 9}
    "amp": {min: 0, max: 9}
  error_codes: []
  components: {horizon: 'x', volt: y}
  horizon_hours: 24
"""


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        ("sensor 'volt' needs an accepted range", 6),
        ("unknown sensor 'amp': raw.telemetry has no such column", 7),
        ("error_codes holds 'x y', which is no identifier", 8),
        ("horizon_hours = 0 must be a whole number", 10),
        ("sensors must map each telemetry column", 5),
        ("baseline_hours = 48 must be longer", 0),
        ("raw.telemetry does not exist in x: land the raw files first", 0),
    ],
)
def test_dbt_says_in_which_line_a_var_stands(problem: str, line: int) -> None:
    fleet = Fleet.model_validate(KNOWN)
    keys = macro("var_lines", fleet, problem, name="var_named", modules=MODULES)
    assert macro("var_lines", fleet, VARS, keys, name="var_line", modules=MODULES) == line if keys else not line


def test_what_the_fleet_does_not_say_stands_in_the_roots_file() -> None:
    texts = {"/x/dbt_project.yml": VARS, "/x/dbt_packages/nightshift/dbt_project.yml": "vars:\n  baseline_hours: 3\n"}
    known = {
        "modules": MODULES,
        "invocation_args_dict": {"project_dir": "/x", "vars": {"horizon_hours": 0}},
        "project_name": "mine",
        "text_of_file": texts.get,
    }
    problems = ["sensor 'volt' is bad.", "baseline_hours = 3.", "horizon_hours = 0."]
    assert macro("var_lines", Fleet.model_validate(KNOWN), problems, name="told_with_lines", **known) == [
        "line 6: sensor 'volt' is bad.",
        "line 2 of Nightshift's own: baseline_hours = 3.",
        "horizon_hours = 0.",
    ]
