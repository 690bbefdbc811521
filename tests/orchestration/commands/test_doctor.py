"""`make doctor`: well, empty, locked, untrained, and a mart that lacks a feature; each with what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ml.registry.registry import Registry
from ml.registry.run_log import RunLog
from orchestration.commands import doctor
from settings import ROOT, Settings, SettingsError
from steps.health import Finding, missing_in_mart, warehouse_findings
from tests.orchestration.test_one_writer import held
from warehouse.connection import connect

pytestmark = pytest.mark.xdist_group("replay")


@pytest.fixture
def copied(replayed: Settings, tmp_path: Path) -> Settings:
    """The played workspace with a warehouse and a published copy of its own; its models are the same."""
    for name in ("warehouse.duckdb", "mlflow.db"):
        shutil.copy(replayed.paths.home / name, tmp_path)
    shutil.copytree(replayed.paths.published, tmp_path / "published")
    paths = replayed.paths.model_copy(update={"home": tmp_path})
    return replayed.model_copy(update={"workspace": replayed.workspace.model_copy(update={"paths": paths})})


def looks(findings: list[Finding]) -> dict[str, str]:
    """The lines that ask somebody to look, by subject."""
    return {finding.subject: finding.line for finding in findings if finding.advice}


def test_a_workspace_that_was_just_played_is_well(
    replayed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "load_settings", lambda: replayed)
    monkeypatch.setattr(Registry, "warnings", lambda self: [])
    assert doctor.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line[:5] for line in lines} == {"ok   "}
    subjects = ["python", "packages", "settings", "engine", "home", "reports", "warehouse", "landed", "mart", "build",
                "step",
                "champion", "last night", "drift", "published", "runs"]  # fmt: skip
    assert [line[5:15].strip() for line in lines] == subjects
    monkeypatch.setattr(Registry, "warnings", lambda self: ["Model version 1 is not to be trusted yet."])
    assert doctor.main() == 1
    assert "LOOK champion   Model version 1 is not to be trusted yet: read " in capsys.readouterr().out


def test_an_empty_clone_is_told_what_to_run_first_and_stays_empty(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {**os.environ, "NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DAGSTER": str(home / "dagster")}
    command = [sys.executable, "-m", "orchestration.commands.doctor"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"LOOK warehouse  there is none at {home / 'warehouse.duckdb'} yet: run `make run`" in done.stdout
    assert done.stdout.count("LOOK") == 1
    assert not home.exists()


def test_a_locked_warehouse_names_its_holder(copied: Settings) -> None:
    with held(copied.paths.warehouse, "writer") as holder:
        found = looks(list(warehouse_findings(copied)))
    assert set(found) == {"warehouse"}
    assert f"is held by process {holder.pid} (" in found["warehouse"]
    assert "let it finish or close it" in found["warehouse"]


def test_a_file_that_is_no_warehouse_is_said(copied: Settings) -> None:
    copied.paths.warehouse.write_text("not a database, and long enough to be looked at" * 100)
    assert "cannot be opened as a DuckDB file" in looks(list(warehouse_findings(copied)))["warehouse"]


def test_a_missing_champion_asks_for_a_training(copied: Settings) -> None:
    (copied.paths.home / "mlflow.db").unlink()
    found = looks(list(warehouse_findings(copied)))
    assert found["champion"].endswith("nothing has been trained yet: run `make train`")
    assert not (copied.paths.home / "mlflow.db").exists()


def test_a_champion_whose_files_are_gone_is_said(copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunLog, "bundle_of", lambda *_: (_ for _ in ()).throw(OSError("No such artifact: bundle")))
    found = looks(list(warehouse_findings(copied)))["champion"]
    assert "it cannot be loaded: No such artifact: bundle: restore " in found


# What is done to the copy, the subject that must be looked at, and what its line says.
ILLS = {
    "a sensor's window": (
        "alter table feature_mart drop column volt_mean_24h; alter table feature_mart drop column volt_sd_24h; "
        "alter table feature_mart drop column volt_min_24h; alter table feature_mart drop column volt_max_24h; "
        "alter table feature_mart drop column volt_n_24h; alter table feature_mart drop column volt_shift_24h",
        {"mart": "no column for volt over 24 h", "champion": "version 1 needs volt_sd_24h, volt_shift_24h, which"},
    ),
    "a file not built": (
        "insert into raw.landed_files by name (select max(_file_id) + 1 as _file_id from raw.landed_files)",
        {"build": "1 files have landed since the last finished build: run `dbt build`"},
    ),
    "a drop not landed": (
        "delete from raw.landed_files where feed = 'errors'",
        {"landed": "1 drops have not landed, such as PdM_errors.csv: run `make land`"},
    ),
    "no build": ("drop table feature_mart", {"mart": "not made yet", "champion": "not made yet"}),
    "a night behind": (
        "update ml.prediction_log set as_of = as_of - interval 1 day",
        {"last night": "2025-03-15 06:00:00 is the last one scored, and the data reach 2025-03-16 06:00:00"},
    ),
    "no nights": ("drop table ml.nights", {"last night": "Table with name nights does not exist!): run `make night"}),
    "no drift": ("delete from ml.drift_nights", {"drift": "the night of 2025-03-16 06:00:00 has not been judged"}),
    "not published": (
        "update ml.prediction_log set as_of = as_of + interval 1 day",
        {"published": "it ends with 2025-03-16 06:00:00, and 2025-03-17 06:00:00 is", "drift": "not been judged"},
    ),
    "raw tables": ("drop table raw.failures", {"landed": "the warehouse lacks raw.failures: run `make land`"}),
}  # fmt: skip


@pytest.mark.parametrize("ill", ILLS)
def test_each_ill_is_found_and_nothing_else(ill: str, copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "warnings", lambda self: [])
    sql, expected = ILLS[ill]
    with connect(copied.paths.warehouse) as con:
        con.execute(sql)
    found = looks(list(warehouse_findings(copied)))
    assert set(found) == set(expected)
    for subject, text in expected.items():
        assert text in found[subject]


def test_a_torn_published_copy_is_found(copied: Settings) -> None:
    (copied.paths.published / "nightshift.duckdb").unlink()
    assert "nothing is published yet" in looks(list(warehouse_findings(copied)))["published"]
    (copied.paths.published / "nightshift.duckdb").write_text("torn" * 5000)
    assert "cannot be read" in looks(list(warehouse_findings(copied)))["published"]


def test_a_component_without_columns_is_missing(settings: Settings) -> None:
    columns = {f"{sensor}_mean_{hours}h" for sensor in settings.fleet.sensors for hours in settings.fleet.windows_hours}
    columns |= {f"{name}_x" for name in (*settings.fleet.error_codes, *settings.fleet.components)}
    assert missing_in_mart(columns, settings.fleet) == []
    assert missing_in_mart(columns - {"comp2_x", "volt_mean_3h"}, settings.fleet) == ["volt over 3 h", "comp2"]


def test_other_packages_than_the_locked_ones_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "duckdb==1.0.0 \\\n    --hash=sha256:00\nnosuchthing==2.0 ; python_full_version >= '3.11' \\\n"
        "psutil==0.1 ; sys_platform == 'win32' \\\n"
    )
    assert looks(list(doctor.versions(lock)))["packages"] == (
        "LOOK packages   duckdb is 2.0.0 and not 1.0.0, nosuchthing 2.0 is not installed: "
        "remove .venv/.installed and run `make setup`"
    )


def test_a_home_that_cannot_be_written_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in its place")
    paths = settings.paths.model_copy(update={"home": tmp_path / "home"})
    workspace = settings.workspace.model_copy(update={"paths": paths})
    found = looks(list(doctor.folders(settings.model_copy(update={"workspace": workspace}))))
    assert "cannot be written to" in found["home"]


def test_a_settings_mistake_ends_the_look_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Settings:
        raise SettingsError("workspace.toml: unknown key `nigths`; remove it or correct its spelling.")

    monkeypatch.setattr(doctor, "load_settings", broken)
    findings = list(doctor.examine())
    assert findings[-1].line == (
        "LOOK settings   workspace.toml: unknown key `nigths`; remove it or correct its spelling: then look again"
    )
