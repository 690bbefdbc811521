"""Waiting for another run: Dagster's own waiting for a pool says nothing in a terminal, and has no end."""

import os
import time
from collections.abc import Callable

from dagster import DagsterInstance

from orchestration.runs.dead_runs import OpenRun, open_runs, release_dead_runs
from warehouse.connection import RETRY_SECONDS, SILENT_SECONDS, WarehouseBusy, to_terminal


def await_turn(instance: DagsterInstance, wait_seconds: float, say: Callable[[str], None] = to_terminal) -> None:
    """Wait until no other living run claims the pool; a wait of more than a few seconds is told once to `say`.

    Raises WarehouseBusy, which names the run, after `wait_seconds`.
    """
    began, told = time.monotonic(), False
    while True:
        release_dead_runs(instance)
        ahead = [run for run in open_runs(instance) if run.claims and run.alive - {os.getpid()}]
        if not ahead:
            return
        waited = time.monotonic() - began
        if waited >= wait_seconds:
            raise WarehouseBusy(
                f"{_named(ahead[0])} writes to the warehouse and has not ended within {wait_seconds:g} s: "
                "let it finish or end it, then run again."
            )
        if waited >= SILENT_SECONDS and not told:
            told = True
            say(f"waiting for {_named(ahead[0])}, which writes to the warehouse; giving up after {wait_seconds:g} s")
        time.sleep(RETRY_SECONDS)


def _named(found: OpenRun) -> str:
    job = found.run.job_name if found.run else "deleted"
    return f"the run {found.run_id[:8]} ({job}, process {', '.join(map(str, sorted(found.alive)))})"
