"""Sixty nights that go wrong, beside the same sixty in peace: `python -m tests.benchmarks.sixty_nights`.

A fleet with most of a year behind it is played night by night: each night its files come, the nightly job runs in a
process of its own, and a training follows where drift calls for one. In one home a night is killed twice with SIGKILL
and run again; in the other nothing disturbs. Both live through a day without telemetry, rows that come late, and a
sensor that reads wrong from the middle on. A reader asks the published tables of each all the while. At the end the
tables must be the same. The model is smaller than the default and held-out nights are fewer, so that a training may
come of the drift within the sixty.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ml.mart.nights import as_of_night
from orchestration.commands.retrain import train_if_called_for
from orchestration.commands.run import run_job
from orchestration.runs.instance import workspace_instance
from settings import ROOT, Settings, load_settings
from simulator import FleetSpec, SimulatedFleet, simulate
from tests.orchestration.kill_kit import POLLER, Workspace, differences, kill_in

SCORING_HOUR = load_settings(env={}).fleet.scoring_hour
KILLED_IN = ("feature_models", "ml__prediction_log")


@dataclass(frozen=True)
class Story:
    """What happens to the fleet; its last `nights` days are lived through."""

    machines: int
    days: int
    nights: int
    seed: int

    @property
    def spec(self) -> FleetSpec:
        first = self.days - self.nights
        return FleetSpec(
            machines=self.machines, days=self.days, start=date(2025, 1, 1), seed=self.seed, late_share=0.005,
            late_max_hours=30, outage_day=first + self.nights // 3, drift_day=first + self.nights // 2, drift_sd=1.0,
            drift_sensor="volt",
        )  # fmt: skip

    @property
    def dates(self) -> list[date]:
        last = self.spec.start + timedelta(days=self.days - 1)
        return [last - timedelta(days=back) for back in reversed(range(self.nights))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("machines", 100), ("days", 365), ("nights", 60), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--keep", type=Path, help="an empty folder for the two homes; a temporary one by default")
    parser.add_argument("--step", choices=("build", "train", "retrain", "night"), help=argparse.SUPPRESS)
    parser.add_argument("--night", type=date.fromisoformat, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        return step(given.step, given.night)
    story = Story(given.machines, given.days, given.nights, given.seed)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as homes:
        folder, fleet = given.keep or Path(scratch), simulate(story.spec)
        lives = [homes.submit(play, story, fleet, folder / name, kills) for name, kills in (("calm", 0), ("rough", 2))]
        calm, rough = (life.result() for life in lives)
        return report(calm, rough)


def step(name: str, night: date | None) -> int:
    """One step of a life, in its own process, under the smaller settings."""
    os.chdir(ROOT)
    settings = smaller(load_settings())
    if name == "retrain":
        print(train_if_called_for(settings))
        return 0
    with workspace_instance() as instance:
        run_job(settings, instance, "nightly" if night else name, nights=[night] if night else None)
    return 0


def smaller(settings: Settings) -> Settings:
    workspace = settings.workspace
    training = workspace.training.model_copy(update={"iterations": 200})
    evaluation = workspace.evaluation.model_copy(update={"holdout_nights": 14, "resamples": 100})
    retraining = workspace.retraining.model_copy(update={"cooldown_days": 10})
    changed = {"training": training, "evaluation": evaluation, "retraining": retraining}
    return settings.model_copy(update={"workspace": workspace.model_copy(update=changed)})


def play(story: Story, fleet: SimulatedFleet, home: Path, kills: int) -> Workspace:
    """Live through every night in `home`, of which `kills` are killed at a random moment and run again."""
    life, dice, began = Workspace(home, home / "drops"), random.Random(story.seed), time.monotonic()
    life.drops.mkdir(parents=True)
    killed = dict(zip(sorted(dice.sample(story.dates[1:], kills)), KILLED_IN, strict=False))
    known = as_of_night(story.dates[0] - timedelta(days=1), SCORING_HOUR)
    deliver(fleet, life.drops, None, known)
    run(life, "build")
    run(life, "train")
    reader = subprocess.Popen([sys.executable, "-c", POLLER, str(life.database), str(story.machines)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    for night in story.dates:
        deliver(fleet, life.drops, known, known := as_of_night(night, SCORING_HOUR))
        if night in killed:
            process = life.start("-m", __spec__.name, "--step", "night", "--night", str(night))
            said = kill_in(life, process, killed[night], dice.uniform(0.2, 2))
            print(f"{home.name}: killed the night of {night} in {said or 'nothing: it had ended'}", flush=True)
        run(life, "night", str(night))
        if "Trained" in (told := run(life, "retrain")):
            print(f"{home.name}: {night}  {told.splitlines()[-1]}", flush=True)
    said = reader.communicate("")[0].splitlines()
    if not said or not said[-1].startswith("polls"):
        raise SystemExit(f"{home.name}: the reader met an error")
    print(f"{home.name}: {len(story.dates)} nights in {time.monotonic() - began:.0f} s; the reader: {said[-1:]}, "
          f"half nights {len(said) - 1}", flush=True)  # fmt: skip
    return life


def deliver(fleet: SimulatedFleet, drops: Path, after: datetime | None, until: datetime) -> None:
    """Write a file a feed with what became known in (after, until]; the machines once."""
    for feed, rows in fleet.feeds.items():
        if feed == "machines":
            rows.to_csv(drops / "PdM_machines.csv", index=False)
            continue
        known = rows["available_at" if "available_at" in rows else "datetime"]
        part = rows[(known <= pd.Timestamp(until)) & (True if after is None else known > pd.Timestamp(after))]
        if len(part):
            partial = drops / f".PdM_{feed}.partial"
            part.to_parquet(partial, index=False)
            partial.replace(drops / f"PdM_{feed}_{until:%Y-%m-%d}.parquet")


def run(life: Workspace, name: str, night: str | None = None) -> str:
    arguments = ["-m", __spec__.name, "--step", name, *(["--night", night] if night else [])]
    process = life.start(*arguments)
    told = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"{life.home.name}: {name} {night or ''} failed:\n{life.said()}")
    return told


def report(calm: Workspace, rough: Workspace) -> int:
    """Print what came of it; 1 where the homes differ."""
    print(*facts(rough.warehouse), sep="\n")
    different = list(differs(calm, rough))
    print(*(f"DIFFERENT  {line}" for line in different), sep="\n")
    print("the homes differ" if different else "the tables of both homes are the same")
    return 1 if different else 0


def differs(calm: Workspace, rough: Workspace) -> Iterator[str]:
    # Where the last build began says when the one before it was cut off.
    yield from differences(calm.warehouse, rough.warehouse, {}, ignored={"main.build_window"})
    yield from (f"published: {line}" for line in differences(calm.database, rough.database, {}))


def facts(warehouse: Path) -> list[str]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        dark = con.execute("select as_of, status, note from ml.nights where status <> 'scored'").fetchall()
        drifted = con.execute("select as_of, summary from ml.drift_nights where drifted order by as_of").fetchall()
        [(judged,)] = con.execute("select count(*) from ml.drift_nights where judged").fetchall()
        promotions = con.execute(
            "select model_version, trigger, promoted, reason, held_out_until from ml.promotions order by 1"
        ).fetchall()
        weeks = con.execute(
            "select week, model_version, failures_caught, failures, false_alerts_per_machine_month "
            "from model_performance order by week, model_version"
        ).fetchall()
        late = con.execute("select count(*) from raw.telemetry where available_at > datetime").fetchall()[0][0]
    return [
        f"{late:,} readings came late", *(f"{night}: {status}. {note}" for night, status, note in dark),
        f"{len(drifted)} of {judged} judged nights drifted, the first {drifted[0] if drifted else None}",
        *(f"version {version} ({trigger}): promoted {promoted}, held out until {until}: {reason}"
          for version, trigger, promoted, reason, until in promotions),
        *(f"week of {week:%Y-%m-%d}, version {version}: {caught} of {all_of_them} failures caught, {false:.2f} false "
          "alerts per machine-month" for week, version, caught, all_of_them, false in weeks),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
