"""Shared by all commands: load the settings, run one job in this process, print expected errors as sentences."""

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from uuid import uuid4

from dagster import DagsterInstance, ExecuteInProcessResult
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from delivery.publishing.locks import PublishBusy
from ingestion import LandingError
from ml.mart.nights import NightNotReady
from ml.registry.aliases import NoChampion
from ml.registry.artifacts import FilesRemoved
from ml.registry.troubles import RegistryUnreadable
from ml.training.shortage import NotEnoughHistory, NothingToJudge
from orchestration.dagster_private import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG, kept_open
from orchestration.dbt.failures import dbt_failures
from orchestration.definitions import build_defs
from orchestration.interrupts import Interrupted, interruptible
from orchestration.partitions import require_partitions
from orchestration.progress import shown_on
from orchestration.runs.failures import notify_on_failure
from orchestration.runs.queue import wait_for_pool
from settings import ROOT, Settings, SettingsError, load_settings, write_out_homes
from steps.clock import utc_now
from warehouse.connection import WarehouseError
from warehouse.disk import DiskFull, needing_room
from warehouse.private import keep_private
from warehouse.servers import ServerUnreachable

EXPECTED = (DiskFull, FilesRemoved, LandingError, NightNotReady, NoChampion, NotEnoughHistory, NothingToJudge,
            PublishBusy, RegistryUnreadable, ServerUnreachable, SettingsError, WarehouseError)  # fmt: skip
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


def run_command(action: Callable[[Settings], bool]) -> int:
    """Call `action` with the workspace's settings, at the root; returns the exit code, 0 where it returns True.

    An error of EXPECTED or of dbt is printed as a sentence on standard error and gives 1; any other is raised. So is
    what interrupts it, which gives 128 and the number of the signal.
    """
    write_out_homes()
    os.chdir(ROOT)
    try:
        with interruptible():
            return _called(action)
    except Interrupted as ended:
        print(f"\n{ended}", file=sys.stderr)
        return ended.code


def _called(action: Callable[[Settings], bool]) -> int:
    try:
        settings = load_settings()
        keep_private(settings)
        try:
            with needing_room(settings.paths.home):
                return 0 if action(settings) else 1
        except DagsterDbtCliRuntimeError as error:
            told = settings.placed(dbt_failures(str(error), type(error).__name__))
            print(f"\n{told}\nFull log: {settings.paths.log}", file=sys.stderr)
        except EXPECTED as error:
            print(f"\n{settings.placed(str(error))}", file=sys.stderr)
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
    """Run the job `name` in this process, for consecutive `nights` where given; recorded in `instance`.

    Output goes to the workspace's log, and how far it has come to standard output. Raises what a step raised,
    NightNotReady for a night that is no partition, Interrupted, and WarehouseBusy where another run keeps the pool;
    each is told.
    """
    tags = {}
    if nights:
        require_partitions(nights, settings, utc_now().date())
        tags = {ASSET_PARTITION_RANGE_START_TAG: str(nights[0]), ASSET_PARTITION_RANGE_END_TAG: str(nights[-1])}
    run_id, run_config = str(uuid4()), {**QUIET, **(config or {})}
    with (
        kept_open(instance),
        notify_on_failure(settings, instance, run_id, name, tags),
        interruptible(),
        shown_on(sys.stdout) as progress,
    ):
        wait_for_pool(instance, settings)
        settings.paths.log.parent.mkdir(parents=True, exist_ok=True)
        with settings.paths.log.open("a") as log, redirect_stdout(log), redirect_stderr(log), warnings.catch_warnings():
            defs = build_defs(settings, progress)
            job = defs.resolve_job_def(name)
            if "dbt" in job.required_resource_keys:
                (defs.resources or {})["dbt"].prepare()
            return job.execute_in_process(run_config=run_config, instance=instance, tags=tags, run_id=run_id)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what` before the block and, when it is done, the seconds it took."""
    print(f"==> {what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"    done in {time.monotonic() - began:.0f} s", flush=True)
