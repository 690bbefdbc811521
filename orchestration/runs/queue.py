"""Waiting for another run: Dagster's own wait for a pool reports nothing in a terminal and has no time limit."""

import os
import time

from dagster import DagsterInstance

from orchestration.runs.dead_runs import OpenRun, open_runs, release_dead_runs
from settings import Settings
from warehouse.connection import REPORT_AFTER_SECONDS, RETRY_SECONDS, Report, WarehouseBusy, to_terminal


def wait_for_pool(instance: DagsterInstance, settings: Settings, report: Report = to_terminal) -> None:
    """Wait until no run of another running process claims the pool; a wait beyond a few seconds goes once to `report`.

    Raises WarehouseBusy, which names the run, after `[warehouse] wait_seconds`.
    """
    wait_seconds = settings.workspace.warehouse.wait_seconds
    began, reported = time.monotonic(), False
    while True:
        release_dead_runs(instance, settings)
        ahead = [run for run in open_runs(instance) if run.claims and run.alive - {os.getpid()}]
        if not ahead:
            return
        waited = time.monotonic() - began
        if waited >= wait_seconds:
            raise WarehouseBusy(
                f"{_named(ahead[0])} writes to the warehouse and has not ended within {wait_seconds:g} s: "
                "let it finish or end it, then run again."
            )
        if waited >= REPORT_AFTER_SECONDS and not reported:
            reported = True
            report(f"waiting for {_named(ahead[0])}, which writes to the warehouse; giving up after {wait_seconds:g} s")
        time.sleep(RETRY_SECONDS)


def _named(found: OpenRun) -> str:
    job = found.run.job_name if found.run else "deleted"
    return f"the run {found.run_id[:8]} ({job}, process {', '.join(map(str, sorted(found.alive)))})"
