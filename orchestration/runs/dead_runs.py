"""Dead runs, whose process is gone: they are told of, marked as failed, and their slots of the pool are freed.

Dagster keeps a killed run as started and its slot as claimed; every later step would wait for it forever.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from orchestration.processes import is_alive
from orchestration.runs.failures import CUT_OFF, notify_failed_run
from settings import Settings
from warehouse.disk import DiskFull

RUNNING = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
WELL = [DagsterRunStatus.SUCCESS, DagsterRunStatus.CANCELED]  # as its user wanted it
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenRun:
    """A run that is not finished or claims a slot.

    `processes`: ids of the processes that have logged its events; `alive`: those of them that still run.
    """

    run_id: str
    run: DagsterRun | None
    processes: frozenset[int]
    alive: frozenset[int]
    claims: bool

    @property
    def is_dead(self) -> bool:
        """Whether it was deleted, or its processes are all gone. A run that has not started in one yet is not dead."""
        return self.run is None or (bool(self.processes) and not self.alive)


def open_runs(instance: DagsterInstance) -> list[OpenRun]:
    """Every run that is under way or claims a slot of a pool, whether its process still runs or not."""
    claiming = instance.event_log_storage.get_concurrency_run_ids()
    running = {run.run_id for run in instance.get_runs(RunsFilter(statuses=RUNNING))}
    return [_look_at(instance, run_id, run_id in claiming) for run_id in sorted(claiming | running)]


def release_dead_runs(instance: DagsterInstance, settings: Settings) -> list[str]:
    """Tell of dead runs, mark them as failed and free their slots; returns their ids. Each is logged as a warning.

    Told first, for a run that is marked is looked for no more: killed in between, the next one finds it again, and a
    run is told of once, however many find it.
    """
    dead = [found for found in open_runs(instance) if found.is_dead]
    for found in dead:
        if found.run is not None:
            _close(instance, settings, found.run)
        instance.event_log_storage.free_concurrency_slots_for_run(found.run_id)
        log.warning("Run %s was cut off; it is marked as failed, and its slot of the pool is free.", found.run_id)
    return [found.run_id for found in dead]


def _close(instance: DagsterInstance, settings: Settings, run: DagsterRun) -> None:
    if run.status not in WELL:
        with suppress(OSError, DiskFull):  # a log that cannot be written must not keep the slot
            if problem := notify_failed_run(settings, instance, run, CUT_OFF):
                log.warning(problem)
    now = instance.get_run_by_id(run.run_id)  # another process may have found it, too
    if now is not None and not now.is_finished:
        instance.report_run_failed(now, CUT_OFF)


def _look_at(instance: DagsterInstance, run_id: str, claims: bool) -> OpenRun:
    seen = {
        event.dagster_event.pid: event.timestamp
        for event in instance.all_logs(run_id)
        if event.dagster_event is not None and event.dagster_event.pid is not None
    }
    alive = frozenset(pid for pid, when in seen.items() if is_alive(pid, when))
    return OpenRun(run_id, instance.get_run_by_id(run_id), frozenset(seen), alive, claims)
