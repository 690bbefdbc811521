"""Runs cut off, runs under way and runs of long ago: which are closed, which are let alone, which go."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from orchestration.ops.housekeeping import prune_runs
from orchestration.processes import is_alive
from orchestration.runs.dead_runs import open_runs
from orchestration.runs.instance import plain_instance, workspace_instance
from orchestration.runs.queue import wait_for_pool
from settings import ROOT
from warehouse.connection import WarehouseBusy

# One run of one step in the pool: it dies of itself, waits for a word, or simply ends.
RUN = """
import os, signal, sys
from dagster import job, op
from orchestration.runs.instance import workspace_instance

@op(pool="warehouse")
def step():
    print("in the pool", file=sys.__stdout__, flush=True)
    if sys.argv[1] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[1] == "wait":
        sys.stdin.read()

@job
def one_step():
    step()

with workspace_instance() as instance:
    sys.exit(not one_step.execute_in_process(instance=instance).success)
"""


@pytest.fixture
def dagster_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTSHIFT_DAGSTER", str(tmp_path / "dagster"))
    monkeypatch.setenv("NIGHTSHIFT_COMPUTE_LOGS", str(tmp_path / "dagster/logs"))
    return tmp_path / "dagster"


def start(how: str) -> subprocess.Popen[str]:
    command, env, pipe = [sys.executable, "-c", RUN, how], {**os.environ, "PYTHONPATH": str(ROOT)}, subprocess.PIPE
    run = subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    patience = Timer(300, run.kill)  # a run that waits for a slot forever must fail the test, not hang it
    patience.start()
    assert run.stdout is not None
    assert run.stdout.readline() == "in the pool\n"
    patience.cancel()
    return run


def statuses(instance: DagsterInstance) -> list[DagsterRunStatus]:
    return [run.status for run in instance.get_runs()]


def test_a_killed_run_is_closed_the_next_one_gets_its_slot_and_old_ones_go(dagster_home: Path) -> None:
    assert start("die").wait() == -signal.SIGKILL
    with plain_instance() as instance:
        [found] = open_runs(instance)
        assert (found.is_dead, found.claims, statuses(instance)) == (True, True, [DagsterRunStatus.STARTED])
    assert start("end").wait() == 0  # without its slot back this would wait forever
    with plain_instance() as instance:
        assert statuses(instance) == [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
        assert open_runs(instance) == []
        runs = [run.run_id for run in instance.get_runs()]
        assert all(list(dagster_home.rglob(f"*{run_id}*")) for run_id in runs)
        assert prune_runs(instance, keep_days=1) == 0
        assert all(instance.all_logs(run_id) for run_id in runs)
        assert prune_runs(instance, keep_days=0) == 2
        assert statuses(instance) == []
        assert not any(list(dagster_home.rglob(f"*{run_id}*")) for run_id in runs)


def test_a_run_under_way_is_let_alone_by_all(dagster_home: Path) -> None:
    run = start("wait")
    with workspace_instance() as instance:
        [found] = open_runs(instance)
        assert not found.is_dead
        assert found.alive == {run.pid}
        assert prune_runs(instance, keep_days=0) == 0
        assert statuses(instance) == [DagsterRunStatus.STARTED]
        told: list[str] = []
        with pytest.raises(WarehouseBusy, match=rf"\(one_step, process {run.pid}\) writes to .* within 3.5 s: let it"):
            wait_for_pool(instance, 3.5, told.append)
        [line] = told
        assert line.startswith(f"waiting for the run {found.run_id[:8]} (one_step, process {run.pid}), which writes")
    run.communicate("")
    assert run.returncode == 0
    with plain_instance() as instance:
        assert statuses(instance) == [DagsterRunStatus.SUCCESS]
        wait_for_pool(instance, 0)


def test_a_number_that_was_given_out_again_is_another_process() -> None:
    began = Path(f"/proc/{os.getpid()}").stat().st_ctime
    assert is_alive(os.getpid(), since=began + 10_000)
    if Path("/proc/self/stat").exists():
        assert not is_alive(os.getpid(), since=began - 10_000)
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert ended.stdout is not None
    ended.stdout.read()
    ended.wait()
    assert not is_alive(ended.pid, since=began + 10_000)
