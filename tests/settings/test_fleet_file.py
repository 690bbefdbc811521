"""One variable chooses the fleet, its file says what differs from the root's, and what cannot be used is told."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from orchestration.runs.instance import plain_dagster
from settings import ROOT, SettingsError, load_settings, write_out_homes
from settings.fleet_file import NEEDED_LINES
from warehouse.spark.profile import profile_output

PRESSES = ROOT / "fleets/presses"
OWN: dict[str, Any] = {"sensors": {"heat": {"min": 0, "max": 9}}, "components": ["drive"], "horizon_hours": 72}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine", OWN)
    (tmp_path / "mine/packages.yml").write_text(f"packages: [{{local: {ROOT}}}]\n")
    return tmp_path / "mine"


def write(folder: Path, own: dict[str, Any], **lines: Any) -> None:
    project = {"name": "mine", **{key: needed for key, (needed, _) in NEEDED_LINES.items()}, "vars": own, **lines}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))


def load(folder: Path | str, **more: str) -> Any:
    return load_settings(ROOT, {"DBT_PROJECT_DIR": str(folder), **more})


def test_the_roots_vars_fill_what_the_fleet_does_not_say(folder: Path) -> None:
    fleet, root = load(folder).fleet, load_settings(ROOT, {}).fleet
    assert (tuple(fleet.sensors), fleet.components, fleet.horizon_hours) == (("heat",), ("drive",), 72)
    assert (fleet.error_codes, fleet.windows_hours) == (root.error_codes, root.windows_hours)
    assert fleet.file == str(folder / "dbt_project.yml")
    assert root.file == "dbt_project.yml"


def test_a_fleet_has_its_home_beside_its_file_and_the_environment_wins(folder: Path, tmp_path: Path) -> None:
    paths = load(folder).paths
    assert (paths.home, paths.drops, paths.report_dir) == (
        folder / "data",
        folder / "data/drops",
        folder / "data/reports",
    )
    paths = load(folder, NIGHTSHIFT_HOME=str(tmp_path / "h"), NIGHTSHIFT_DROPS=str(tmp_path / "d")).paths
    assert (paths.home, paths.drops, paths.report_dir) == (tmp_path / "h", tmp_path / "d", tmp_path / "h/reports")
    assert load(folder, NIGHTSHIFT_HOME=str(tmp_path / "h")).paths.drops == tmp_path / "h/drops"


@pytest.mark.parametrize("env", [{}, {"NIGHTSHIFT_HOME": "/somewhere"}])
@pytest.mark.parametrize("fleet", ["", str(ROOT), str(PRESSES)])
def test_dbt_opens_the_warehouse_that_python_does(fleet: str, env: dict[str, str]) -> None:
    given = {**env, "DBT_PROJECT_DIR": fleet}
    assert profile_output("duckdb", given)["path"] == str(load_settings(ROOT, given).paths.warehouse)


def test_a_fleet_is_named_from_where_the_command_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PRESSES.parent)
    assert load("presses").project == load(PRESSES).project == PRESSES
    assert load(PRESSES).fleet.file == "fleets/presses/dbt_project.yml"
    env = {"DBT_PROJECT_DIR": "presses/../presses/", "NIGHTSHIFT_HOME": "h"}
    write_out_homes(env)
    assert env == {"DBT_PROJECT_DIR": "fleets/presses", "NIGHTSHIFT_HOME": str(PRESSES.parent / "h")}


def test_the_root_is_a_fleet_like_any_other() -> None:
    assert load(ROOT) == load_settings(ROOT, {})


@pytest.mark.parametrize("name", ["nowhere", "fleets"])
def test_what_is_no_fleet_is_told_in_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SettingsError, match=rf"^DBT_PROJECT_DIR = {name} names no fleet: .*/{name} has no dbt_project"):
        load(name)


@pytest.mark.parametrize("key", NEEDED_LINES)
def test_a_line_without_which_dbt_would_build_otherwise_is_asked_for(folder: Path, key: str) -> None:
    write(folder, OWN, **{key: {}})
    with pytest.raises(SettingsError, match=rf"^/.*/mine/dbt_project.yml: add the line `{key}: .*`; without it dbt"):
        load(folder)


def test_the_line_that_is_asked_for_is_all_that_is_needed(folder: Path) -> None:
    write(folder, OWN, **dict.fromkeys(NEEDED_LINES))
    for _ in NEEDED_LINES:
        with pytest.raises(SettingsError) as told:
            load(folder)
        asked = yaml.safe_load(re.findall("`(.*)`", str(told.value))[0])
        project = yaml.safe_load((folder / "dbt_project.yml").read_text())
        (folder / "dbt_project.yml").write_text(yaml.safe_dump({**project, **asked}))
    assert load(folder).fleet.components == ("drive",)


@pytest.mark.parametrize("packages", [None, "packages: []", "packages: [{local: ../elsewhere}]", "[]"])
def test_another_package_is_told(folder: Path, packages: str | None) -> None:
    (folder / "packages.yml").unlink()
    if packages is not None:
        (folder / "packages.yml").write_text(packages)
    with pytest.raises(SettingsError, match=r"packages.yml does not name Nightshift as its package: write `packages"):
        load(folder)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"horizont": 3}, r"mine/dbt_project.yml:\d+ vars: unknown key `horizont`; remove it or correct"),
        ({"horizon_hours": 0}, r"mine/dbt_project.yml:\d+ vars: `horizon_hours` = 0 is not usable"),
        (
            {"horizon_hours": 72, "horizons_hours": [36, 72]},
            r"mine/dbt_project.yml:\d+ vars: horizon_hours = 72 is not 36, the first of horizons_hours; correct one",
        ),
        (
            {"horizons_hours": [72, 36]},
            r"mine/dbt_project.yml:\d+ vars: `horizons_hours` is not usable \(\[72, 36\] must rise from each",
        ),
        ({"baseline_hours": 3}, r"mine/dbt_project.yml:\d+ vars: baseline_hours = 3 is no longer than"),
        ({"components": {"drive": 3}}, r"mine/dbt_project.yml:\d+ vars: components.drive must be a text"),
    ],
)
def test_a_var_that_cannot_be_used_is_told_with_its_file(folder: Path, own: dict[str, Any], told: str) -> None:
    write(folder, {**OWN, **own})
    with pytest.raises(SettingsError, match=told):
        load(folder)


def test_an_unreadable_file_is_told(folder: Path) -> None:
    (folder / "dbt_project.yml").write_text("vars: [")
    with pytest.raises(SettingsError, match=r"mine/dbt_project.yml has no readable `vars:` block.*line"):
        load(folder)


def test_each_fleet_has_dagsters_records_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def records() -> str:
        return str(Path(str(dotenv_values(ROOT / ".env")["NIGHTSHIFT_DAGSTER"])))

    assert records() == "data/dagster"
    monkeypatch.setenv("DBT_PROJECT_DIR", "fleets/presses")
    assert records() == "data/dagster/fleets/presses"
    monkeypatch.setenv("NIGHTSHIFT_HOME", "/home")
    assert records() == "/home/dagster/fleets/presses"


def test_a_second_name_of_a_fleet_for_dagster_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_PROJECT_DIR", str(PRESSES))
    with pytest.raises(SettingsError, match=r"export DBT_PROJECT_DIR=fleets/presses\)"), plain_dagster():
        pass


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "fleets").iterdir() if path.is_dir()))
def test_every_fleet_that_ships_can_be_used(name: str) -> None:
    folder = ROOT / "fleets" / name
    assert load(folder).project == folder
    assert yaml.safe_load((folder / "dbt_project.yml").read_text())["name"] == name
    assert (folder / "profiles.yml").resolve() == ROOT / "profiles.yml"
    assert (folder / "README.md").read_text().startswith("# ")
