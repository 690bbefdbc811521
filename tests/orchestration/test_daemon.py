"""A daemon of its own, as dagster.yaml sets it up: what is queued behind a killed run begins."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus

from orchestration.dagster_private import open_instance
from settings import ROOT

PATIENCE_SECONDS = 150
ENDED = {DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS}  # the one that was killed, and the other
# The first night stays in its step for ever; the second is asked for when it has begun it.
LOCATION = """
import os, time
from dagster import DefaultSensorStatus, Definitions, RunRequest, job, op, sensor

@op(pool="warehouse")
def landing():
    try:
        os.close(os.open(os.environ["FIRST"], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    while not os.path.exists(os.environ["ENOUGH"]):
        time.sleep(0.2)

@job
def nightly():
    landing()

@sensor(job=nightly, default_status=DefaultSensorStatus.RUNNING, minimum_interval_seconds=1)
def two_nights():
    return [RunRequest(run_key="one")] + [RunRequest(run_key="two")] * os.path.exists(os.environ["FIRST"])

defs = Definitions(jobs=[nightly], sensors=[two_nights])
"""


@contextmanager
def daemon(folder: Path) -> Iterator[DagsterInstance]:
    """A daemon over LOCATION with the repository's dagster.yaml, only that it looks oftener."""
    settings = (ROOT / "dagster.yaml").read_text()
    for name in ("poll_interval_seconds", "free_slots_after_run_end_seconds"):
        assert f"{name}: 10" in settings
        settings = settings.replace(f"{name}: 10", f"{name}: 2")
    (folder / "dagster.yaml").write_text(settings)
    (folder / "location.py").write_text(LOCATION)
    env = {**os.environ, "DAGSTER_HOME": str(folder), "FIRST": str(folder / "first"), "ENOUGH": str(folder / "enough")}
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-f", "location.py"]
    # The instance is there before the daemon: two that make Dagster's tables at once fail on each other's.
    with open_instance(folder, folder) as instance, (folder / "daemon.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            yield instance
        finally:
            (folder / "enough").touch()  # the step's own process, which lives on without the one that began it
            process.terminate()
            process.wait()


def test_what_is_queued_behind_a_killed_run_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "dagster"))
    monkeypatch.setenv("NIGHTSHIFT_COMPUTE_LOGS", str(tmp_path / "dagster/logs"))
    with daemon(tmp_path) as instance:
        worker, deadline = None, time.monotonic() + PATIENCE_SECONDS
        while (found := {run.status for run in instance.get_runs()}) != ENDED:
            assert time.monotonic() < deadline, (found, (tmp_path / "daemon.log").read_text()[-3000:])
            if worker is None and (tmp_path / "first").exists():
                worker = worker_in_a_step(instance)
                if worker is not None:
                    os.kill(worker, signal.SIGKILL)
            time.sleep(0.3)
        assert worker is not None
        while instance.event_log_storage.get_concurrency_run_ids():
            assert time.monotonic() < deadline
            time.sleep(0.3)


def worker_in_a_step(instance: DagsterInstance) -> int | None:
    """The process of the run that has begun its step while the other run waits."""
    if DagsterRunStatus.QUEUED not in {run.status for run in instance.get_runs()}:
        return None
    for run in instance.get_runs():
        if instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_START):
            [started] = instance.all_logs(run.run_id, of_type=DagsterEventType.RUN_START)
            return started.get_dagster_event().pid
    return None
