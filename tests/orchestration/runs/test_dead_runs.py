"""Runs cut off, runs under way and runs of long ago: which are told of and closed, which are let alone, which go."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest
from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus

from orchestration.ops.housekeeping import prune_runs
from orchestration.processes import is_alive
from orchestration.runs import dead_runs
from orchestration.runs.dead_runs import open_runs, release_dead_runs
from orchestration.runs.failures import CUT_OFF
from orchestration.runs.instance import plain_instance, workspace_instance
from orchestration.runs.queue import wait_for_pool
from settings import ROOT, load_settings
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


def start(how: str) -> subprocess.Popen[str]:
    command, env, pipe = [sys.executable, "-c", RUN, how], {**os.environ, "PYTHONPATH": str(ROOT)}, subprocess.PIPE
    run = subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    patience = Timer(300, run.kill)  # a run that waits for a slot forever must fail the test, not hang it
    patience.start()
    assert run.stdout is not None
    assert run.stdout.readline() == "in the pool\n"
    patience.cancel()
    return run


def told(dagster_home: Path) -> list[tuple[str, str]]:
    """Run and error of each failure that was told."""
    log = dagster_home.parent / "logs/notifications.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [(line["data"]["run_id"], line["data"]["error"]) for line in lines]


def cut_off(instance: DagsterInstance, run_id: str) -> None:
    """Enter a run of a process that is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    instance.add_run(DagsterRun("nightly", run_id))
    instance.report_dagster_event(DagsterEvent(DagsterEventType.RUN_START.value, "nightly", pid=ended.pid), run_id)


def statuses(instance: DagsterInstance) -> list[DagsterRunStatus]:
    return [run.status for run in instance.get_runs()]


def test_a_killed_run_is_closed_the_next_one_gets_its_slot_and_old_ones_go(dagster_home: Path) -> None:
    assert start("die").wait() == -signal.SIGKILL
    with plain_instance() as instance:
        [found] = open_runs(instance)
        assert (found.is_dead, found.claims, statuses(instance)) == (True, True, [DagsterRunStatus.STARTED])
    assert start("end").wait() == 0  # without its slot back this would wait forever
    assert told(dagster_home) == [(found.run_id, CUT_OFF)]
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


def test_whoever_finds_it_first_tells_of_it_and_nobody_again(dagster_home: Path) -> None:
    with plain_instance() as instance:
        cut_off(instance, "0b5c3f0e-8d5f-4a57-9f2b-4a1c7a3d2b11")

        def find(_: int) -> None:
            with plain_instance() as mine:
                release_dead_runs(mine, load_settings())

        with ThreadPoolExecutor(4) as finders:
            list(finders.map(find, range(4)))
        assert statuses(instance) == [DagsterRunStatus.FAILURE]
    assert told(dagster_home) == [("0b5c3f0e-8d5f-4a57-9f2b-4a1c7a3d2b11", CUT_OFF)]


def test_who_is_killed_before_it_has_told_leaves_it_to_the_next(
    dagster_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> str:
        raise KeyboardInterrupt

    with plain_instance() as instance:
        cut_off(instance, "one")
        with monkeypatch.context() as patch:
            patch.setattr(dead_runs, "notify_failed_run", killed)
            with pytest.raises(KeyboardInterrupt):
                release_dead_runs(instance, load_settings())
        assert told(dagster_home) == []
        assert release_dead_runs(instance, load_settings()) == ["one"]
        assert release_dead_runs(instance, load_settings()) == []
    assert told(dagster_home) == [("one", CUT_OFF)]


def test_a_log_that_cannot_be_written_keeps_no_slot(dagster_home: Path) -> None:
    (dagster_home.parent / "logs").write_text("a file in its place")
    with plain_instance() as instance:
        cut_off(instance, "one")
        assert release_dead_runs(instance, load_settings()) == ["one"]
        assert statuses(instance) == [DagsterRunStatus.FAILURE]


def test_a_run_under_way_is_let_alone_by_all(dagster_home: Path) -> None:
    run = start("wait")
    settings = load_settings()
    warehouse = settings.workspace.warehouse.model_copy(update={"wait_seconds": 3.5})
    patient = settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"warehouse": warehouse})})
    with workspace_instance() as instance:
        [found] = open_runs(instance)
        assert not found.is_dead
        assert found.alive == {run.pid}
        assert prune_runs(instance, keep_days=0) == 0
        assert statuses(instance) == [DagsterRunStatus.STARTED]
        said: list[str] = []
        with pytest.raises(WarehouseBusy, match=rf"\(one_step, process {run.pid}\) writes to .* within 3.5 s: let it"):
            wait_for_pool(instance, patient, said.append)
        [line] = said
        assert line.startswith(f"waiting for the run {found.run_id[:8]} (one_step, process {run.pid}), which writes")
    run.communicate("")
    assert run.returncode == 0
    with plain_instance() as instance:
        assert statuses(instance) == [DagsterRunStatus.SUCCESS]
        wait_for_pool(instance, settings)
    assert told(dagster_home) == []


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
