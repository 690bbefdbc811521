import re
import shutil
from pathlib import Path
from typing import get_args

import pytest
import yaml

from settings import ROOT, EngineSettings, SettingsError, load_settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("workspace.toml", "dbt_project.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_unknown_key_is_named(root: Path) -> None:
    change(root / "workspace.toml", "[replay]\n", "[replay]\nnigths = 3\n")
    with pytest.raises(SettingsError, match=r"workspace.toml: unknown key `replay.nigths`; remove it or correct"):
        load_settings(root, {})


def test_a_missing_key_is_named(root: Path) -> None:
    change(root / "workspace.toml", "missed_failure = 1000\n", "")
    with pytest.raises(SettingsError, match=r"key `economics.missed_failure` is missing"):
        load_settings(root, {})


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("workspace.toml", "depth = 4", "depth = 'deep'", "`training.depth` = 'deep'"),
        ("dbt_project.yml", "horizon_hours: 24", "horizon_hours: 0", "`horizon_hours` = 0"),
        ("dbt_project.yml", "volt: {unit", "'vo lt': {unit", "vo lt"),
        ("dbt_project.yml", "restate_days: 3", "restate_dayz: 3", "`restate_dayz`"),
    ],
)
def test_an_unusable_value_is_named_with_its_file(root: Path, file: str, old: str, new: str, named: str) -> None:
    change(root / file, old, new)
    with pytest.raises(SettingsError) as told:
        load_settings(root, {})
    assert file in str(told.value)
    assert named in str(told.value)


def test_broken_toml_is_a_sentence(root: Path) -> None:
    (root / "workspace.toml").write_text("[paths\n")
    with pytest.raises(SettingsError, match=r"workspace.toml is not valid TOML"):
        load_settings(root, {})


def test_the_environment_moves_the_paths(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    paths = load_settings(root, {"NIGHTSHIFT_HOME": str(home)}).paths
    assert (paths.warehouse, paths.report_dir, paths.drops) == (
        home / "warehouse.duckdb",
        home / "reports",
        home / "drops",
    )
    paths = load_settings(root, {"NIGHTSHIFT_DROPS": str(home)}).paths
    assert (paths.drops, paths.warehouse, paths.report_dir) == (home, root / "data/warehouse.duckdb", root / "reports")


def test_dbt_and_dagster_default_to_the_same_home() -> None:
    home = load_settings(ROOT, {}).paths.home.relative_to(ROOT)
    profile = yaml.safe_load((ROOT / "profiles.yml").read_text())["nightshift"]["outputs"]["duckdb"]["path"]
    assert re.search(r"env_var\('NIGHTSHIFT_HOME', '(.+?)'\)", profile).group(1) == str(home)  # type: ignore[union-attr]
    assert f"${{NIGHTSHIFT_HOME:-{home}}}/dagster" in (ROOT / ".env").read_text()


def test_every_target_is_an_output_of_the_profile_and_the_environment_chooses(root: Path) -> None:
    outputs = yaml.safe_load((ROOT / "profiles.yml").read_text())["nightshift"]["outputs"]
    assert set(get_args(EngineSettings.model_fields["target"].annotation)) == set(outputs) - {"lint"}
    assert f"'NIGHTSHIFT_TARGET', '{load_settings(root, {}).workspace.engine.target}'" in (
        ROOT / "profiles.yml"
    ).read_text().replace('"', "'")
    assert load_settings(root, {"NIGHTSHIFT_TARGET": "spark"}).workspace.engine.is_spark
    with pytest.raises(SettingsError, match=r"`engine.target` = 'sparc' is not usable"):
        load_settings(root, {"NIGHTSHIFT_TARGET": "sparc"})
