"""A fleet's own file sets what Python owns otherwise than workspace.toml, and is told of as that file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import ROOT, Settings, SettingsError, load_settings
from settings.fleet_file import NEEDED_LINES

TOML = load_settings(ROOT, {}).workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "packages.yml").write_text(f"packages: [{{local: {ROOT}}}]\n")
    return tmp_path


def load(folder: Path, own: object, **env: str) -> Settings:
    lines = {key: needed for key, (needed, _) in NEEDED_LINES.items()}
    project = {"name": "mine", **lines, "vars": {"horizon_hours": 72, "settings": own}}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    return load_settings(ROOT, {"DBT_PROJECT_DIR": str(folder), **env})


def test_a_fleet_changes_single_keys_and_shares_the_others(folder: Path) -> None:
    own = {"training": {"folds": 2}, "schedules": {"weekly": "0 9 1 * *"}, "economics": {"needless_visit": 5}}
    found = load(folder, own)
    workspace = found.workspace
    assert workspace.training == TOML.training.model_copy(update={"folds": 2})
    assert workspace.schedules == TOML.schedules.model_copy(update={"weekly": "0 9 1 * *"})
    assert workspace.economics == TOML.economics.model_copy(update={"needless_visit": 5.0})
    assert workspace.scoring == TOML.scoring
    assert found.fleet.horizon_hours == 72
    assert load(folder, None).workspace.training == TOML.training
    assert load_settings(ROOT, {}).workspace == TOML


def test_the_environment_wins_and_paths_are_below_the_fleet(folder: Path) -> None:
    own = {"engine": {"target": "spark"}, "paths": {"drops": "files", "reports": "../pages"}}
    found = load(folder, own)
    assert (found.workspace.engine.target, found.paths.drops) == ("spark", folder / "files")
    assert (found.paths.home, found.paths.report_dir) == (folder / "data", folder / "../pages")
    found = load(folder, own, NIGHTSHIFT_TARGET="duckdb", NIGHTSHIFT_DROPS="/elsewhere", NIGHTSHIFT_HOME="/h")
    assert (found.workspace.engine.target, found.paths.drops, found.paths.home) == (
        "duckdb", Path("/elsewhere"), Path("/h")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"training": {"fold_nigths": 3}},
         "vars.settings: unknown key `training.fold_nigths`; remove it or correct its spelling: "
         "did you mean `training.fold_nights`?"),
        ({"trainning": {"folds": 3}}, "vars.settings: unknown key `trainning`; remove it or correct its spelling: "
         "did you mean `training`?"),
        ({"training": {"xyz": 3}}, "vars.settings: unknown key `training.xyz`; remove it or correct its spelling."),
        ({"training": {"depth": "deep"}}, "vars.settings: `training.depth` = 'deep' is not usable"),
        ({"evaluation": {"holdout_nights": 5}},
         "vars.settings: replay.nights = 14 is more than evaluation.holdout_nights = 5"),
        ({"training": 5}, "vars: `settings.training` must be sections of workspace.toml"),
        ([1], "vars: `settings` must be sections of workspace.toml"),
        ({"paths": {"home": "/x"}},
         "vars: `settings.paths.home` would not reach dbt; take it out and set NIGHTSHIFT_HOME"),
        ({"training": {"feature_sets": [{"name": "a", "leave": []}]}},
         "vars.settings: unknown key `training.feature_sets.0.leave`; remove it or correct its spelling: "
         "did you mean `training.feature_sets.0.leave_out`?"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_the_fleets_file_and_the_key(folder: Path, own: object, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(folder, own)
    assert re.match(rf"{re.escape(str(folder / 'dbt_project.yml'))}(:\d+)? {re.escape(told)}", str(refused.value))


def test_what_the_toml_says_is_told_of_as_the_tomls(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"^NIGHTSHIFT_TARGET: `engine.target` = 'sparc' is not usable"):
        load(folder, {"training": {"folds": 2}}, NIGHTSHIFT_TARGET="sparc")


def test_no_secret_of_a_fleet_is_repeated(folder: Path) -> None:
    with pytest.raises(SettingsError) as told:
        load(folder, {"notifications": {"webhook_url": ["https://chat.example.org/SECRET"]}})
    assert "SECRET" not in str(told.value)


def test_the_roots_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text((ROOT / "workspace.toml").read_text())
    project: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    project["vars"]["settings"] = {"training": {"folds": 2}}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    with pytest.raises(SettingsError, match=r"^dbt_project.yml vars: `settings` are for fleets in folders"):
        load_settings(tmp_path, {})


def test_an_unknown_var_is_told_with_the_one_that_was_meant(folder: Path) -> None:
    lines = {key: needed for key, (needed, _) in NEEDED_LINES.items()}
    for wrong, meant in {"setings": "settings", "horizon_hour": "horizon_hours"}.items():
        project = {"name": "mine", **lines, "vars": {wrong: 3}}
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        with pytest.raises(SettingsError, match=f"vars: unknown key `{wrong}`; .*: did you mean `{meant}`"):
            load_settings(ROOT, {"DBT_PROJECT_DIR": str(folder)})


def test_sentences_say_where_to_set_what(folder: Path) -> None:
    assert load(folder, {}).fleet.settings_place == f"vars.settings of {folder / 'dbt_project.yml'}"
    assert load_settings(ROOT, {}).fleet.settings_place == "workspace.toml"
