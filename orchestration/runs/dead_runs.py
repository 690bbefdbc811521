"""Runs whose process is gone: they are closed, and what they held of the pool is given back.

Dagster keeps a killed run as started and its slot of the pool as taken; every later step would wait for it forever.
"""

import logging
from dataclasses import dataclass

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from orchestration.processes import is_alive

RUNNING = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenRun:
    """A run that is not finished or holds a slot. `processes`: where it has been seen; `alive`: those that live."""

    run_id: str
    run: DagsterRun | None
    processes: frozenset[int]
    alive: frozenset[int]
    claims: bool

    @property
    def is_dead(self) -> bool:
        """Seen in some process, and none of them lives. A run that nothing has worked at yet is not dead."""
        return self.run is None or (bool(self.processes) and not self.alive)


def open_runs(instance: DagsterInstance) -> list[OpenRun]:
    """Every run that is under way or has a claim on a pool, whether its process lives or not."""
    claiming = instance.event_log_storage.get_concurrency_run_ids()
    running = {run.run_id for run in instance.get_runs(RunsFilter(statuses=RUNNING))}
    return [_look_at(instance, run_id, run_id in claiming) for run_id in sorted(claiming | running)]


def release_dead_runs(instance: DagsterInstance) -> list[str]:
    """Mark dead runs as failed and free their slots; returns their ids."""
    dead = [found for found in open_runs(instance) if found.is_dead]
    for found in dead:
        if found.run is not None and not found.run.is_finished:
            instance.report_run_failed(
                found.run, "Its process is gone: killed, or lost with the machine. Run it again."
            )
        instance.event_log_storage.free_concurrency_slots_for_run(found.run_id)
        log.warning("Run %s was cut off; it is closed, and the pool is free of it.", found.run_id)
    return [found.run_id for found in dead]


def _look_at(instance: DagsterInstance, run_id: str, claims: bool) -> OpenRun:
    seen = {
        event.dagster_event.pid: event.timestamp
        for event in instance.all_logs(run_id)
        if event.dagster_event is not None and event.dagster_event.pid is not None
    }
    alive = frozenset(pid for pid, when in seen.items() if is_alive(pid, when))
    return OpenRun(run_id, instance.get_run_by_id(run_id), frozenset(seen), alive, claims)
