"""`make run`: play the fleet's last nights as if live, through the same assets that run every night.

The model is trained on what was known before the held-out nights, which hold all of these; each is scored at its hour.
"""

import os
import shutil
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from uuid import uuid4

from dagster import DagsterInstance
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from data.landing import LandingError
from data.simulator import FleetSpec, simulate, write_drops
from data.warehouse import WarehouseError, open_warehouse
from ml.nights import NightNotReady, as_of_night, fleet_clock, last_nights
from ml.split import NotEnoughHistory
from orchestration.dbt_failures import dbt_failures
from orchestration.definitions import build_defs
from orchestration.instance import workspace_instance
from orchestration.morning_summary import morning_summary
from orchestration.notifications import failing_aloud
from orchestration.turns import await_turn
from settings import ROOT, Settings, SettingsError, load_settings

EXPECTED = (LandingError, SettingsError, WarehouseError, NightNotReady, NotEnoughHistory)
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


def main() -> int:
    os.chdir(ROOT)
    try:
        settings = load_settings()
        replay(settings)
    except EXPECTED as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except DagsterDbtCliRuntimeError as error:
        print(f"\n{dbt_failures(str(error))}\nThe whole story: {settings.paths.log}", file=sys.stderr)
        return 1
    return 0


def replay(settings: Settings) -> None:
    """Simulate a fleet where none was named, land and build it, train, score the nights, and say what came out."""
    ensure_drops(settings)
    with workspace_instance() as instance:
        with step("landing the drops and building the feature mart"):
            run_job(settings, instance, "build")
        held_out = settings.workspace.evaluation.holdout_nights
        with step(f"training on what lies before the last {held_out} nights, and judging on those"):
            run_job(settings, instance, "train")
        nights = _nights(settings)
        with step(f"scoring {len(nights)} nights, {nights[0]} to {nights[-1]}, and writing reports"):
            run_job(settings, instance, "score", nights=nights)
    print("\n" + morning_summary(settings, as_of_night(nights[-1], settings.fleet.scoring_hour)))


def ensure_drops(settings: Settings) -> None:
    """Write the demo fleet's raw files where the user named no drops and none are there yet."""
    drops, demo = settings.paths.drops, settings.workspace.demo
    if os.environ.get("NIGHTSHIFT_DROPS") or (drops.is_dir() and any(drops.iterdir())):
        return
    with step(f"simulating a demo fleet of {demo.machines} machines over {demo.days} days into {drops}"):
        fleet = simulate(FleetSpec(machines=demo.machines, days=demo.days, start=demo.start, seed=demo.seed))
        partial = drops.with_name(f".{drops.name}.partial")  # half a fleet would pass for a whole one
        shutil.rmtree(partial, ignore_errors=True)
        write_drops(fleet, partial)
        partial.rename(drops)


def run_job(
    settings: Settings,
    instance: DagsterInstance,
    name: str,
    nights: list[date] | None = None,
    config: dict[str, object] | None = None,
) -> None:
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
            job.execute_in_process(run_config={**QUIET, **(config or {})}, instance=instance, tags=tags, run_id=run_id)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is going on and, when it is done, how long it took."""
    print(f"==> {what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"    done in {time.monotonic() - began:.0f} s", flush=True)


def _nights(settings: Settings) -> list[date]:
    with open_warehouse(settings, read_only=True) as con:
        return last_nights(fleet_clock(con), settings.fleet.scoring_hour, settings.workspace.replay.nights)


if __name__ == "__main__":
    sys.exit(main())
