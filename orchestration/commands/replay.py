"""`make run`: replay the fleet's last nights as if live, through the same assets that run every night.

The model is trained on what was known before the held-out nights, which hold all of these; each is scored at its hour.
When the morning is on the screen, and its tables and pages are there, the rest of the judging follows: the gate has
decided by then, and nobody waits for it.
"""

import glob
import os
import shutil
import sys
from datetime import date
from pathlib import Path

from ingestion.discover import intake_command
from ml.mart.nights import as_of_night, nights_to_replay
from ml.registry.registry import registry
from orchestration.commands.evaluate import judge
from orchestration.commands.morning_summary import morning_summary
from orchestration.commands.quality import quality_told
from orchestration.commands.run import run_command, run_job, step
from orchestration.partitions import require_partitions
from orchestration.processes import is_alive
from orchestration.runs.instance import workspace_instance
from settings import ROOT, Settings, SettingsError, fleet_name
from simulator import FleetSpec, SimulatedFleet, simulate, write_drops
from steps.clock import utc_now
from steps.evaluate import announce_evaluation
from warehouse.connection import open_warehouse


def replay(settings: Settings) -> bool:
    """Simulate a fleet where no drops were named, land and build, train, score the nights, print the summary, judge.

    True. Raises as `run_job`.
    """
    ensure_drops(settings)
    with workspace_instance(settings) as instance:
        with quality_told(settings), step("landing the drops and building the feature mart"):
            run_job(settings, instance, "build")
        nights = _nights(settings)
        held_out = settings.workspace.evaluation.holdout_nights
        with step(f"training on what lies before the last {held_out} nights at most, and asking the gate on those"):
            run_job(settings, instance, "challenge")
        trained = registry(settings).aliases.champion() is not None
        if trained:
            announce_evaluation(settings)
            nights = _held_out(nights, settings)
        else:
            print("    no model could be trained: the nights are told by distance from normal")
        with step(f"scoring {len(nights)} nights, {nights[0]} to {nights[-1]}, and writing reports"):
            run_job(settings, instance, "score", nights=nights)
        print("\n" + morning_summary(settings, as_of_night(nights[-1], settings.fleet.scoring_hour)) + "\n")
        if trained:
            judge(settings, instance)
    return True


def ensure_drops(settings: Settings) -> bool:
    """Write the demo fleet's raw files where the user named no drops folder and it is empty; True.

    Raises SettingsError for another fleet than the root's: the demo's files are not of its shape.
    """
    drops, demo = settings.paths.drops, settings.workspace.demo
    if os.environ.get("NIGHTSHIFT_DROPS") or (drops.is_dir() and any(drops.iterdir())):
        return True
    if settings.project != ROOT:
        raise SettingsError(
            f"There are no raw files of {fleet_name(str(settings.project))} in {drops}: put them there, or name their "
            f"folder in NIGHTSHIFT_DROPS; `{intake_command()}` looks at files of an unknown layout. Only the fleet "
            "of the root is simulated where it has none."
        )
    with step(f"simulating a demo fleet of {demo.machines} machines over {demo.days} days into {drops}"):
        fleet = simulate(FleetSpec(machines=demo.machines, days=demo.days, start=demo.start, seed=demo.seed))
        _put_whole(fleet, drops)
    return True


def _put_whole(fleet: SimulatedFleet, drops: Path) -> None:
    """A partly written fleet must not be taken for a whole one, and another process may be writing it as well."""
    for litter in drops.parent.glob(f"{glob.escape(f'.{drops.name}.')}*.partial"):
        if not is_alive(int(litter.name.split(".")[-2]), litter.stat().st_mtime):
            shutil.rmtree(litter, ignore_errors=True)
    partial = drops.with_name(f".{drops.name}.{os.getpid()}.partial")
    write_drops(fleet, partial)
    try:
        partial.rename(drops)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        if not any(drops.glob("*")):  # else the other one was faster, and wrote the same
            raise


def _nights(settings: Settings) -> list[date]:
    with open_warehouse(settings, read_only=True) as con:
        nights = nights_to_replay(con, settings.fleet.scoring_hour, settings.workspace.replay.nights)
    require_partitions(nights, settings, utc_now().date())
    return nights


def _held_out(nights: list[date], settings: Settings) -> list[date]:
    """Those of `nights` that the champion has not learnt from: all, unless the history is short; one at least."""
    cutoff, hour = registry(settings).champion()[0].cutoff, settings.fleet.scoring_hour
    return [night for night in nights if as_of_night(night, hour) > cutoff] or nights[-1:]


if __name__ == "__main__":
    sys.exit(run_command(replay))
