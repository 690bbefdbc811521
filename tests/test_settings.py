import re
import shutil
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from settings import ROOT, EngineSettings, SettingsError, load_settings, sqlite_uri, write_out_homes


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
    with pytest.raises(SettingsError, match=r"workspace.toml:\d+: unknown key `replay.nigths`; remove it or correct"):
        load_settings(root, {})


def test_a_missing_key_is_named(root: Path) -> None:
    change(root / "workspace.toml", "missed_failure = 1000\n", "")
    with pytest.raises(SettingsError, match=r"key `economics.missed_failure` is missing"):
        load_settings(root, {})


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (
            "workspace.toml",
            'name = "levels"',
            'name = "all"',
            "two feature sets are called all: give each a name of its",
        ),
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


def test_every_target_is_an_output_of_the_profile_and_the_environment_chooses(root: Path) -> None:
    outputs = yaml.safe_load((ROOT / "profiles.yml").read_text())["nightshift"]["outputs"]
    assert set(get_args(EngineSettings.model_fields["target"].annotation)) == set(outputs) - {"lint"}
    assert f"'NIGHTSHIFT_TARGET', '{load_settings(root, {}).workspace.engine.target}'" in (
        ROOT / "profiles.yml"
    ).read_text().replace('"', "'")
    assert load_settings(root, {"NIGHTSHIFT_TARGET": "spark"}).workspace.engine.is_spark
    with pytest.raises(SettingsError, match=r"`engine.target` = 'sparc' is not usable"):
        load_settings(root, {"NIGHTSHIFT_TARGET": "sparc"})


@pytest.mark.parametrize(
    "line",
    [
        'webhook_url = 5\nmore = "https://chat.example.org/hooks/SECRET"',
        'webhook_url = ["https://chat.example.org/hooks/SECRET"]',
        'webhook_url = {address = "https://chat.example.org/hooks/SECRET"}',
        "webhook_url = 424242424242",
        'timeout_seconds = "https://chat.example.org/hooks/SECRET"',
        'timeout_seconds = "SECRET"',
        'webhook_urls = "SECRET"',
        'services = "slack://TokenA/SECRET"',
        'services = ["slack://TokenA/ok", "SECRET"]',
        'services = ["https:SECRET"]',
        'case_url = "ftp://chat.example.org/SECRET"',
    ],
)
def test_no_sentence_repeats_what_may_be_a_secret(root: Path, line: str) -> None:
    text = (root / "workspace.toml").read_text()
    keys = {part.split(" = ")[0] for part in line.splitlines()}
    kept = [old for old in text.splitlines() if old.split(" = ")[0].strip() not in keys]
    kept.insert(kept.index(next(old for old in kept if old.startswith("[notifications]"))) + 1, line)
    (root / "workspace.toml").write_text("\n".join(kept))
    with pytest.raises(SettingsError, match=r"workspace.toml:\d+: .*`notifications\.\w+`") as told:
        load_settings(root, {})
    assert not re.search("SECRET|chat.example|4242", str(told.value))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[notifications]", 'notifications = "https://chat.example.org/hooks/SECRET"\n[unknown]'),
        ("depth = 4", 'depth = "https://chat.example.org/hooks/SECRET"'),
        ("[mlflow]", "[mlflow]\nSECRET = [[["),
    ],
)
def test_nor_does_one_about_what_stands_in_the_wrong_place(root: Path, old: str, new: str) -> None:
    text = (root / "workspace.toml").read_text()
    if new.startswith("notifications"):  # a key must come before the first table
        text, old, new = (
            re.sub(r"(?ms)^\[notifications\].*?(?=^\[)", "", text),
            "[paths]",
            new.split("\n", maxsplit=1)[0] + "\n[paths]",
        )
    (root / "workspace.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(SettingsError) as told:
        load_settings(root, {})
    assert "SECRET" not in str(told.value)


def test_broken_vars_are_told_by_their_place(root: Path) -> None:
    change(root / "dbt_project.yml", "horizon_hours: 24", "horizon_hours: [SECRET")
    with pytest.raises(SettingsError, match=r"no readable `vars:` block: .*line \d+") as told:
        load_settings(root, {})
    assert "SECRET" not in str(told.value)


def test_the_address_is_in_no_printed_settings(root: Path) -> None:
    settings = load_settings(root, {"NIGHTSHIFT_WEBHOOK": "https://chat.example.org/hooks/SECRET"})
    assert settings.workspace.notifications.webhook_url.endswith("SECRET")
    assert "SECRET" not in repr(settings) + str(settings)


def test_services_come_from_the_environment_with_blanks_between(root: Path) -> None:
    settings = load_settings(root, {"NIGHTSHIFT_SERVICES": " slack://a/SECRET\nmailtos://b  "})
    assert settings.workspace.notifications.services == ("slack://a/SECRET", "mailtos://b")
    assert "SECRET" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://pages.example.org/machines/{machine}?night={night}#{component}", True),
        ("http://127.0.0.1:8000", True),
        ("https://{machine}.example.org/", True),
        ("https://pages.example.org/{name}", False),
        ("https://pages.example.org/{machine", False),
        ("https://pages.example.org/{machine!r}", False),
        ("pages.example.org/{machine}", False),
        ("https://pages.example.org/a b", False),
        ("https://pages.example.org/)[x](javascript:y", False),
    ],
)
def test_the_address_of_a_case_can_be_filled_in(root: Path, url: str, usable: bool) -> None:
    change(root / "workspace.toml", 'case_url = ""', f'case_url = "{url}"')
    if usable:
        assert load_settings(root, {}).workspace.notifications.case_url == url
        return
    with pytest.raises(SettingsError, match=r"`notifications.case_url` is not usable \(it begins with http"):
        load_settings(root, {})


def test_a_tilde_is_the_users_home_everywhere(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    env = {"NIGHTSHIFT_HOME": "~/x", "NIGHTSHIFT_DROPS": "~/y", "OTHER": "~/z"}
    assert load_settings(root, env).paths.home == tmp_path / "me/x"
    write_out_homes(env)
    assert env == {"NIGHTSHIFT_HOME": f"{tmp_path}/me/x", "NIGHTSHIFT_DROPS": f"{tmp_path}/me/y", "OTHER": "~/z"}
    change(root / "workspace.toml", 'home = "data"', 'home = "~/x"')
    assert load_settings(root, {}).paths.home == tmp_path / "me/x"


@pytest.mark.parametrize("name", ["q?x", "h#x", "p%41", "back\\slash", "new\nline", "tab\there", "bell\a"])
def test_a_home_that_cannot_be_opened_is_refused_at_once(root: Path, tmp_path: Path, name: str) -> None:
    sentence = r"^workspace.toml:\d+: paths.home \(or NIGHTSHIFT_HOME\) = .*; name another folder\.$"
    with pytest.raises(SettingsError, match=sentence):
        load_settings(root, {"NIGHTSHIFT_HOME": str(tmp_path / name)})


def test_a_home_that_is_a_file_is_refused_at_once(root: Path, tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(
        SettingsError, match=r"paths.home \(or NIGHTSHIFT_HOME\) = '.*/home' is a file; name a folder\.$"
    ):
        load_settings(root, {"NIGHTSHIFT_HOME": str(tmp_path / "home")})


@pytest.mark.parametrize("name", ["50%", "[x]", "a*", "b?"])
def test_a_checkout_that_cannot_be_worked_in_is_refused_at_once(root: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"^The folder of this repository, .* holds .*: rename it, or move"):
        load_settings(root.rename(root.with_name(name)), {})


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_sqlalchemy_reads_the_very_path(name: str) -> None:
    path = Path("/homes") / name / "mlflow.db"
    assert make_url(sqlite_uri(path)).database == str(path)
    assert sqlite_uri(Path("/plain home/ü/mlflow.db")) == "sqlite:////plain home/ü/mlflow.db"
