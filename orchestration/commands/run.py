"""What every command shares: its settings, one job of the graph run here, and errors told as sentences."""

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from uuid import uuid4

from dagster import DagsterInstance, ExecuteInProcessResult
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from delivery.publishing.snapshots import PublishBusy
from ingestion import LandingError
from ml.mart.nights import NightNotReady
from ml.registry.artifacts import FilesRemoved
from ml.registry.registry import NoChampion
from ml.training.time_split import NotEnoughHistory
from orchestration.dbt.failures import dbt_failures
from orchestration.definitions import build_defs
from orchestration.runs.failures import failing_aloud
from orchestration.runs.queue import await_turn
from settings import ROOT, Settings, SettingsError, load_settings, write_out_homes
from warehouse.connection import WarehouseError
from warehouse.disk import DiskFull
from warehouse.private import keep_private

EXPECTED = (DiskFull, FilesRemoved, LandingError, NightNotReady, NoChampion, NotEnoughHistory, PublishBusy,
            SettingsError, WarehouseError)  # fmt: skip
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


def plainly(action: Callable[[Settings], bool]) -> int:
    """Do `action` at the root under the workspace's settings: 0 where it says that all went well, 1 otherwise.

    What may go wrong in daily use is told in its own sentence on standard error; anything else is raised.
    """
    os.chdir(ROOT)
    write_out_homes()
    try:
        settings = load_settings()
        keep_private(settings)
        try:
            return 0 if action(settings) else 1
        except DagsterDbtCliRuntimeError as error:
            print(f"\n{dbt_failures(str(error))}\nThe whole story: {settings.paths.log}", file=sys.stderr)
    except EXPECTED as error:
        print(f"\n{error}", file=sys.stderr)
    return 1


def run_job(
    settings: Settings,
    instance: DagsterInstance,
    name: str,
    nights: list[date] | None = None,
    config: dict[str, object] | None = None,
) -> ExecuteInProcessResult:
    """Run one job of the asset graph in this process, recorded in the instance. Errors come up as they were raised;
    WarehouseBusy where another run does not let go of the pool."""
    tags = {}
    if nights:
        tags = {ASSET_PARTITION_RANGE_START_TAG: str(nights[0]), ASSET_PARTITION_RANGE_END_TAG: str(nights[-1])}
    await_turn(instance, settings.workspace.warehouse.wait_seconds)
    settings.paths.log.parent.mkdir(parents=True, exist_ok=True)
    with settings.paths.log.open("a") as log, redirect_stdout(log), redirect_stderr(log), warnings.catch_warnings():
        job = build_defs(settings).resolve_job_def(name)
        run_id = str(uuid4())
        with failing_aloud(settings, instance, run_id):
            run_config = {**QUIET, **(config or {})}
            return job.execute_in_process(run_config=run_config, instance=instance, tags=tags, run_id=run_id)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is going on and, when it is done, how long it took."""
    print(f"==> {what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"    done in {time.monotonic() - began:.0f} s", flush=True)
