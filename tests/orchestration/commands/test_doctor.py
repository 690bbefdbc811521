"""`make doctor`: well, empty, locked, untrained, and a mart that lacks a feature; each with what to do."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from ml.registry.registry import Registry
from ml.registry.run_log import RunLog
from orchestration.commands import doctor
from orchestration.runs import dead_runs
from orchestration.runs.instance import plain_instance
from settings import ROOT, Settings, SettingsError
from steps.health import data
from steps.health.data import missing_in_mart
from steps.health.finding import Finding
from steps.health.warehouse import warehouse_findings
from tests.orchestration.dagster_kit import DaemonHeartbeat
from tests.orchestration.test_one_writer import held
from warehouse.connection import connect

pytestmark = pytest.mark.xdist_group("replay")


@pytest.fixture
def copied(replayed: Settings, tmp_path: Path) -> Settings:
    """The played workspace in a home of its own."""
    for name in ("warehouse.duckdb", "mlflow.db"):
        shutil.copy(replayed.paths.home / name, tmp_path)
    for name in ("published", "mlruns"):
        shutil.copytree(replayed.paths.home / name, tmp_path / name)
    paths = replayed.paths.model_copy(update={"home": tmp_path})
    return replayed.model_copy(update={"workspace": replayed.workspace.model_copy(update={"paths": paths})})


def looks(findings: list[Finding]) -> dict[str, str]:
    """The lines that ask somebody to look, by subject."""
    return {finding.subject: finding.line for finding in findings if finding.advice}


def test_a_workspace_that_was_just_played_is_well_but_for_its_odd_error(
    replayed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "load_settings", lambda: replayed)
    monkeypatch.setattr(Registry, "warnings", lambda self: [])
    assert doctor.main() == 1
    told = capsys.readouterr().out.splitlines()
    odd = [line for line in told if line.startswith("LOOK")]
    assert [line[:28] for line in odd] == ["LOOK quality    errors, erro", "LOOK quality    errors, mach"]
    assert all("1 row " in line and "(1.4 %; " in line for line in odd)
    with monkeypatch.context() as patch:
        patch.setattr(data, "findings_of", lambda *_, **__: [])
        assert doctor.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line[:5] for line in lines} == {"ok   "}
    subjects = ["python", "packages", "settings", "engine", "home", "reports", "warehouse", "landed", "mart", "build",
                "quality", "champion", "last night", "drift", "published", "runs"]  # fmt: skip
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
    shutil.rmtree(copied.paths.mlflow_artifacts)
    found = looks(list(warehouse_findings(copied)))
    assert found["champion"].endswith("nothing has been trained yet: run `make train`")
    assert not (copied.paths.home / "mlflow.db").exists()


def test_a_registry_that_is_lost_or_damaged_is_said(copied: Settings) -> None:
    database = copied.paths.home / "mlflow.db"
    database.write_bytes(b"")
    assert f"{database} cannot be read (no such table" in looks(list(warehouse_findings(copied)))["champion"]
    database.unlink()
    assert f"There is no {database}, and " in looks(list(warehouse_findings(copied)))["champion"]


def test_a_champion_whose_files_are_gone_is_said(copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunLog, "bundle_of", lambda *_: (_ for _ in ()).throw(OSError("No such artifact: bundle")))
    found = looks(list(warehouse_findings(copied)))["champion"]
    assert "it cannot be loaded: No such artifact: bundle: restore " in found


# What is done to the copy, the subject that must be looked at, and what its line says.
ILLS = {
    "a sensor's window": (
        "create or replace view feature_mart as select * exclude (volt_mean_24h, volt_sd_24h, volt_min_24h, "
        "volt_max_24h, volt_n_24h, volt_shift_24h) from mart_rows",
        {"mart": "no column for volt over 24 h", "champion": "version 1 needs volt_sd_24h, volt_shift_24h, which"},
    ),
    "a file not built": (
        "insert into raw.landed_files by name (select max(_file_id) + 1 as _file_id from raw.landed_files)",
        {"build": "1 file has landed since the last finished build: run `dbt build`"},
    ),
    "a build cut off": (
        "insert into state.begun_builds by name (select 0 as from_us, count(*) as finished_before "
        "from state.finished_builds)",
        {"build": "one has begun, of all or some models, and none has finished since: run `dbt build`"},
    ),
    "a day not built": (
        "delete from failure_labels where cast(as_of as date) = '2025-02-02'",
        {"build": "no snapshot of 2025-02-02, of which readings have landed: run `dbt build --vars '{restate_from: "},
    ),
    "a drop not landed": (
        "delete from raw.landed_files where feed = 'errors'",
        {"landed": "1 drop has not landed, such as PdM_errors.csv: run `make land`"},
    ),
    "no build": ("drop view feature_mart", {"mart": "not made yet", "champion": "not made yet"}),
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
    "a refused file": (
        "insert into raw.refused_files values ('failures', 'f.csv', 'f.csv lacks the column datetime; add it.')",
        {"landed": "f.csv lacks the column datetime; add it: then run `make land`"},
    ),
    "rejected rows": (
        "update raw.landed_files set rejected = 500 where feed = 'errors'",
        {"landed": "% of errors: select * from raw.rejected says which and why"},
    ),
    "odd data": (
        "insert into data_quality select 'telemetry', 'outside range', 'error', 'volt', 7, 0.5, 'readings lie "
        "outside', '', 'widen it' from range(7)",
        {"quality": "4 more are odd: select * from data_quality"},
    ),
    "no list": ("drop table data_quality", {"quality": "not made yet"}),
    "raw tables": ("drop table raw.failures", {"landed": "the warehouse lacks raw.failures: run `make land`"}),
}  # fmt: skip


@pytest.mark.parametrize("ill", ILLS)
def test_each_ill_is_found_and_nothing_else(ill: str, copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "warnings", lambda self: [])
    sql, expected = ILLS[ill]
    with connect(copied.paths.warehouse) as con:
        con.execute(sql)
    found = looks(list(warehouse_findings(copied)))
    assert set(found) == {"quality", *expected}  # the fleet has an odd error
    for subject, text in expected.items():
        assert text in found[subject]


def test_a_published_copy_without_its_link_is_found(copied: Settings) -> None:
    shutil.rmtree(copied.paths.published / "latest")  # the copy has followed the link
    found = looks(list(warehouse_findings(copied)))["published"]
    assert "latest: an earlier version published it, or the link was lost in copying: run `make night" in found


def test_a_torn_published_copy_is_found(copied: Settings) -> None:
    (copied.paths.published / "nightshift.duckdb").unlink()
    assert "nothing is published yet" in looks(list(warehouse_findings(copied)))["published"]
    (copied.paths.published / "nightshift.duckdb").write_text("torn" * 5000)
    assert "cannot be read" in looks(list(warehouse_findings(copied)))["published"]


def test_a_home_that_was_moved_is_well(copied: Settings, tmp_path: Path) -> None:
    home = tmp_path / "moved on"
    home.mkdir()
    for name in ("warehouse.duckdb", "mlflow.db", "published", "mlruns"):
        (copied.paths.home / name).rename(home / name)
    paths = copied.paths.model_copy(update={"home": home})
    moved = copied.model_copy(update={"workspace": copied.workspace.model_copy(update={"paths": paths})})
    found = looks(list(warehouse_findings(moved)))
    assert "published" not in found
    assert "cannot be loaded" not in found.get("champion", "")


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


def test_a_folder_of_metrics_that_cannot_be_written_is_said(settings: Settings, tmp_path: Path) -> None:
    """No night fails for it, so nobody would hear of it."""
    (tmp_path / "file").write_text("a file in its place")
    metrics = settings.workspace.metrics.model_copy(update={"textfile_folder": str(tmp_path / "file/textfiles")})
    workspace = settings.workspace.model_copy(update={"metrics": metrics})
    found = looks(list(doctor.folders(settings.model_copy(update={"workspace": workspace}))))
    assert "name another NIGHTSHIFT_METRICS" in found["metrics"]
    assert "metrics" not in looks(list(doctor.folders(settings)))


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """Dagster's record of runs, empty."""
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "dagster"))
    monkeypatch.setenv("NIGHTSHIFT_COMPUTE_LOGS", str(tmp_path / "dagster/logs"))
    with plain_instance() as instance:
        yield instance


def holding(instance: DagsterInstance, pid: int) -> None:
    """Enter a night of process `pid` that has the pool."""
    instance.add_run(DagsterRun("nightly", "aaaaaaaa-1"))
    instance.report_dagster_event(DagsterEvent(DagsterEventType.RUN_START.value, "nightly", pid=pid), "aaaaaaaa-1")
    instance.event_log_storage.set_concurrency_slots("warehouse", 1)
    instance.event_log_storage.claim_concurrency_slot("warehouse", "aaaaaaaa-1", "landing")


def queued(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As if so many runs were queued: Dagster takes only those that a code location has asked for."""

    def count(_: DagsterInstance, filters: RunsFilter) -> int:
        assert filters.statuses == [DagsterRunStatus.QUEUED]
        return number

    monkeypatch.setattr(DagsterInstance, "get_runs_count", count)


def test_what_is_queued_is_told_with_who_holds_the_pool_and_the_cure(
    records: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    holding(records, ended.pid)
    queued(monkeypatch, 2)
    found = list(doctor.runs())
    assert [finding.text for finding in found] == [
        "nightly (aaaaaaaa) was cut off and holds the pool, with 2 runs queued behind it",
        "2 runs in Dagster's queue, and no daemon to take them out",
    ]
    assert found[0].advice.startswith("run it again: the next run of anything closes it")
    assert "dagster dev" in found[1].advice
    records.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "QUEUED_RUN_COORDINATOR", None))
    [found_by_daemon] = doctor.runs()
    assert found_by_daemon.advice == "the daemon closes it within a minute; then run it again"
    monkeypatch.setattr(dead_runs, "is_alive", lambda *_: True)
    [alive] = doctor.runs()
    assert (alive.text, alive.advice) == (
        f"nightly (aaaaaaaa) is under way in process {ended.pid}, with 2 runs queued behind it", ""
    )  # fmt: skip


def test_a_queue_behind_nobody_is_told(records: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(monkeypatch, 1)
    assert "no daemon to take them out" in looks(list(doctor.runs()))["runs"]
    records.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "QUEUED_RUN_COORDINATOR", None))
    [finding] = doctor.runs()
    assert (finding.advice, finding.text) == ("", "1 run in Dagster's queue, which the daemon takes out one by one")


def test_a_settings_mistake_ends_the_look_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Settings:
        raise SettingsError("workspace.toml: unknown key `nigths`; remove it or correct its spelling.")

    monkeypatch.setattr(doctor, "load_settings", broken)
    findings = list(doctor.examine())
    assert findings[-1].line == (
        "LOOK settings   workspace.toml: unknown key `nigths`; remove it or correct its spelling: then look again"
    )


def test_a_full_disk_ends_the_look_with_a_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Settings) -> Iterator[Finding]:
        yield Finding("mart", "96 rows")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doctor, "load_settings", lambda: settings)
    monkeypatch.setattr(doctor, "warehouse_findings", full)
    *_, mart, last = doctor.examine()
    assert (mart.text, last.subject) == ("96 rows", "room")
    assert "Make room, then run again" in last.text
