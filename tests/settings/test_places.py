"""File and line of a setting: of what cannot be used, and of what a sentence names."""

import textwrap
from pathlib import Path

import pytest

from settings import ROOT, SettingsError, load_settings
from settings.fleet_file import NEEDED_LINES
from settings.lines import toml_line, yaml_line
from settings.places import Places

YAML = """\
name: mine
# a remark
vars:
  sensors:
    volt: {min: 0, max: 9}
    "amp":
      min: 0
      max: 9
  mapping:
    telemetry:
      - files: "*.csv"
        columns:
          datetime: at
      - files: other.csv
        where: "x = 1"
    failures: {files: f.csv, where: y}
"""
TOML = """\
[paths]
home = "data"

[training]   # how
folds = 3
feature_sets = [
    {name = "a"},
]

[[training.more]]
x = 1
"""


@pytest.mark.parametrize(
    ("path", "line", "depth"),
    [
        (("vars",), 3, 1),
        (("vars", "sensors", "volt", "max"), 5, 4),
        (("vars", "sensors", "amp", "max"), 8, 4),
        (("vars", "sensors", "amp", "label"), 6, 3),
        (("vars", "mapping", "telemetry", 0, "columns", "datetime"), 13, 6),
        (("vars", "mapping", "telemetry", 1, "where"), 15, 5),
        (("vars", "mapping", "telemetry", 7), 10, 3),
        (("vars", "mapping", "failures", 0, "where"), 16, 5),
        (("vars", "components"), 3, 1),
        (("nothing",), 1, 0),
    ],
)
def test_the_line_of_a_key_in_yaml(tmp_path: Path, path: tuple[str | int, ...], line: int, depth: int) -> None:
    (tmp_path / "a.yml").write_text(YAML)
    assert yaml_line(tmp_path / "a.yml", path) == (line, depth)


@pytest.mark.parametrize("text", ["vars: [", "- a", ""])
def test_what_has_no_such_key_has_no_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    assert yaml_line(tmp_path / "a.yml", ("vars",)) == (1, 0)
    assert yaml_line(tmp_path / "none.yml", ("vars",)) == (1, 0)
    assert toml_line(tmp_path / "none.toml", ("paths",)) == 0


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("paths", "home"), 2),
        (("training", "folds"), 5),
        (("training", "feature_sets", 0, "name"), 6),
        (("training", "bags"), 4),
        (("training", "more", "x"), 11),
        (("drift", "x"), 0),
    ],
)
def test_the_line_of_a_key_in_toml(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    (tmp_path / "a.toml").write_text(TOML)
    assert toml_line(tmp_path / "a.toml", path) == line


def line_of(file: Path, text: str) -> int:
    return next(at for at, line in enumerate(file.read_text().splitlines(), start=1) if text in line)


HISTORIAN = ROOT / "fleets/historian/dbt_project.yml"
ROOTS, WORKSPACE = ROOT / "dbt_project.yml", ROOT / "workspace.toml"
MENTIONS = [
    ("vars.mapping.telemetry[0].columns.datetime: x", HISTORIAN, "datetime:"),
    ("`vars.sensors`.", HISTORIAN, "  sensors:"),
    ("raise vars.retired_after_days.", ROOTS, "  retired_after_days:"),
    ("shorten training.folds.", WORKSPACE, "folds ="),
]


@pytest.mark.parametrize(("text", "file", "line"), MENTIONS)
def test_a_setting_that_is_named_gets_its_place_once(text: str, file: Path, line: str) -> None:
    place = f"{file.relative_to(ROOT)}:{line_of(file, line)}"
    told = Places(ROOT, HISTORIAN.parent).told(f"{text} {text}")
    assert told.count(f" ({place})") == 1
    assert told.replace(f" ({place})", "") == f"{text} {text}"
    assert Places(ROOT, HISTORIAN.parent).told(told.removesuffix(text)) == told.removesuffix(text)


@pytest.mark.parametrize(
    "text", ["see ml/training.py", "my_training.folds", "training.files", "scoring.py", "envvars.x"]
)
def test_nothing_else_gets_a_place(text: str) -> None:
    assert Places(ROOT, ROOT).told(text) == text


def test_the_fleets_own_settings_come_before_the_workspaces(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("vars:\n  settings:\n    training:\n      folds: 2\n")
    places = Places(ROOT, tmp_path)
    assert places.of_setting(("training", "folds")) == f"{tmp_path}/dbt_project.yml:4"
    assert places.of_setting(("training", "bags")).startswith("workspace.toml:")


# Vars that cannot be used, each with a mark on the line that is told.
BAD_VARS = [
    """
horizont: 3  # <-
""",
    """
horizon_hours: 0  # <-
""",
    """
sensors:
  volt: {min: 0, max: 9}
  amp: {min: 0, max: 9, dim: 3}  # <-
""",
    """
sensors:
  volt: {min: 0, max: 9}
  amp: {min: 0}  # <-
""",
    """
sensors:
  volt: {min: 0, max: 9}
  1a: {min: 0, max: 9}  # <-
""",
    """
sensors:
  volt: {min: 0, max: 9}
  amp:  # <-
    min: 9
    max: 0
""",
    """
sensors:
  volt: {min: 0, max: 9}
  amp: {min: 0, max: 1000000000000, decimals: 6}  # <-
""",
    """
horizon_hours: 24
windows_hours: [3, 400]  # <-
""",
    """
components:
  fan: Fan
  drive: 3  # <-
""",
    """
error_codes:  # <-
  a: x
  b: x
""",
    """
horizon_hours: 24
snapshot_every_hours: 5  # <-
""",
    """
horizon_hours: 24
telemetry_step_hours: 25  # <-
""",
    """
telemetry_step_hours: 4
sensors:
  volt: {min: 0, max: 9, on_change_hours: 1}  # <-
""",
    """
mapping:
  telemetry:
    - files: a.csv
    - files: b.csv
      read:  # <-
        delimiter: ';'
""",
    """
mapping:
  telemetry:
    - files: a.csv
      zone: Mars  # <-
""",
    """
mapping:
  telemetry:
    - files: [a.csv, ../b.csv]  # <-
""",
    """
mapping:
  telemetry:
    - files: a.csv  # <-
      join: {codes: x}
""",
    """
mapping:
  telemetry:
    - files: a.csv
      long:  # <-
        tag: x
        value: y
""",
]


@pytest.mark.parametrize("own", BAD_VARS)
def test_a_var_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, own: str) -> None:
    head = [f"{key}: {needed!r}" for key, (needed, _) in NEEDED_LINES.items()]
    file = tmp_path / "dbt_project.yml"
    file.write_text("\n".join(["name: mine", *head, "vars:", textwrap.indent(own, "  ")]))
    (tmp_path / "packages.yml").write_text(f"packages: [{{local: {ROOT}}}]\n")
    with pytest.raises(SettingsError) as told:
        load_settings(ROOT, {"DBT_PROJECT_DIR": str(tmp_path)})
    assert f"{file}:{line_of(file, '# <-')} vars: " in str(told.value)


BAD_SETTINGS = {
    "an unknown key": ("bags = ", "bagz = 3\nbags = ", "bagz"),
    "a value out of its range": ("folds = 3", "folds = 0", "folds = 0"),
    "a key that is missing": ("folds = 3 ", "# ", "[training]"),
    "two that do not fit together": ("holdout_nights = 30", "holdout_nights = 1", "nights = "),
}


@pytest.mark.parametrize("kind", BAD_SETTINGS)
def test_a_setting_of_the_workspace_is_told_with_its_line(tmp_path: Path, kind: str) -> None:
    old, new, at_fault = BAD_SETTINGS[kind]
    text = WORKSPACE.read_text()
    assert old in text
    (tmp_path / "workspace.toml").write_text(text.replace(old, new, 1))
    (tmp_path / "dbt_project.yml").write_text(ROOTS.read_text())
    with pytest.raises(SettingsError, match=rf"workspace.toml:{line_of(tmp_path / 'workspace.toml', at_fault)}: "):
        load_settings(tmp_path, {})
