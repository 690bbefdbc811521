"""Where Dagster keeps its runs: one variable chooses, for our commands and for plain Dagster alike."""

from pathlib import Path

import pytest
import yaml

from orchestration.runs import records
from orchestration.runs.instance import plain_dagster, plain_instance
from orchestration.runs.records import config_folder, require_records
from settings import DAGSTER_DB, ROOT, SettingsError
from warehouse.servers import ServerUnreachable

ADDRESS = "postgresql+psycopg2://me:s3cret@127.0.0.1:1/x"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (DAGSTER_DB, "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_both_files_differ_in_where_runs_are_kept_alone() -> None:
    files = [yaml.safe_load((folder / "dagster.yaml").read_text()) for folder in (ROOT, ROOT / "deploy/dagster")]
    own, team = (one.pop("storage") for one in files)
    assert files[0] == files[1]
    assert own == {"sqlite": {"base_dir": {"env": "NIGHTSHIFT_DAGSTER"}}}
    assert team == {"postgres": {"postgres_url": {"env": DAGSTER_DB}}}


def test_unset_it_is_the_roots_own_file_and_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_folder() == ROOT
    require_records()
    monkeypatch.setenv(DAGSTER_DB, ADDRESS)
    assert config_folder() == ROOT / "deploy/dagster"


@pytest.mark.parametrize("home", ["", str(ROOT)])
def test_plain_dagster_with_other_records_than_ours_is_told(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DAGSTER_DB, ADDRESS)
    if home:
        monkeypatch.setenv("DAGSTER_HOME", home)
    told = rf"^{DAGSTER_DB} is set, .*export DAGSTER_HOME={ROOT}/deploy/dagster"
    with pytest.raises(SettingsError, match=told) as raised, plain_dagster():
        pass
    assert "s3cret" not in str(raised.value)


def test_a_teams_file_without_its_database_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(ROOT / "deploy/dagster"))
    with pytest.raises(SettingsError, match=r"unset DAGSTER_HOME"), plain_dagster():
        pass


def test_an_address_of_another_kind_and_a_missing_package_are_sentences(
    dagster_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DAGSTER_DB, "mysql://me:s3cret@db/x")
    with (
        pytest.raises(SettingsError, match=rf"{DAGSTER_DB} must be written postgresql\+psycopg2://") as raised,
        plain_instance(),
    ):
        pass
    assert "s3cret" not in str(raised.value)
    monkeypatch.setenv(DAGSTER_DB, ADDRESS)
    monkeypatch.setattr(records, "find_spec", lambda _: None)
    with pytest.raises(ServerUnreachable, match="run `make setup-team`"), plain_instance():
        pass
    assert not dagster_home.exists()
