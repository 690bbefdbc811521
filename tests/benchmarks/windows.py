"""Whether windows of remaining time hold what they state: `python -m tests.benchmarks.windows`, on demo fleets.

Each fleet is simulated, landed and built in a scratch home (`--home` keeps it); what `make run` learns of remaining
time is learnt from it, and every window of the held-out nights is held against what came, which the simulator knows
for certain. `--drops` takes the files of a fleet of the root's shape instead, such as the Azure set's.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingestion import land
from ml.evaluation.remaining_board import HeldLives, held_lives
from ml.mart.nights import labels_known_until
from ml.mart.silence import is_silent, reading_counts
from ml.metrics.remaining_metrics import inside, median_width
from ml.models.remaining import Remaining
from ml.models.windows import HIGH_END, LOW_END
from ml.remaining.candidates import pool_of
from ml.training.data import load_held_out, load_training_data
from ml.training.feature_choice import choose_features
from ml.training.lifetimes import learn_lifetimes
from ml.training.recipe import recipe_of
from ml.training.time_split import time_split
from settings import ROOT, Settings, load_settings
from simulator import FleetSpec, simulate, write_drops
from tests.benchmarks.dbt import dbt_command
from tests.environment import forget_the_caller
from warehouse.connection import open_warehouse

SEEDS = (21, 22, 23, 24, 25)  # neither the demo's own, nor those that `tests.benchmarks.oracle` shows


@dataclass(frozen=True)
class Held:
    """Windows of one kind: how many there are, the share that holds what came, and of how many failures that is."""

    windows: int
    inside: float
    failures: int

    @property
    def cell(self) -> str:
        return f"{self.inside:.1%} of {self.windows} ({self.failures} failures)" if self.windows else "none"


@dataclass(frozen=True)
class Found:
    """What the windows of one fleet came to; `width` in hours, of those with both ends. `widened` as in their table."""

    name: str
    settled: int
    both: Held
    alone: Held
    width: float
    learnt: str
    widened: float

    @property
    def line(self) -> str:
        return (
            f"| {self.name} | {self.settled:,} | {self.both.cell} | {self.width:.0f} h | {self.alone.cell} | "
            f"{self.learnt} | {self.widened:g} |"
        )


def main() -> int:
    forget_the_caller()  # a fleet is simulated into the drops folder
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--drops", type=Path, help="files of a fleet of this shape, in place of demo fleets")
    parser.add_argument("--home", type=Path, help="where to land and build; what is there is not made again")
    given = parser.parse_args()
    print("| fleet | settled nights | with both ends: hold | width | without a high end: hold | learnt by | widened |")
    print("|---|---|---|---|---|---|---|", flush=True)
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        home = (given.home or Path(scratch)).resolve()
        for seed in (None,) if given.drops else given.seeds:
            settings = built(home / f"{seed or given.drops.name}", seed, given.drops)
            found.append(judged(settings, f"seed {seed}" if seed else given.drops.name))
            print(found[-1].line, flush=True)
    if len(found) > 1:
        print(f"| together | {sum(one.settled for one in found):,} | {together([one.both for one in found]).cell} | | "
              f"{together([one.alone for one in found]).cell} | | |")  # fmt: skip
    return 0


def built(home: Path, seed: int | None, drops: Path | None) -> Settings:
    """The settings of the fleet, landed and built below `home`."""
    os.environ["NIGHTSHIFT_HOME"] = str(home)
    if drops:
        os.environ["NIGHTSHIFT_DROPS"] = str(drops.resolve())
    settings = load_settings()
    if not settings.paths.warehouse.exists():
        home.mkdir(parents=True, exist_ok=True)
        demo = settings.workspace.demo
        if seed is not None:
            spec = FleetSpec(machines=demo.machines, days=demo.days, start=demo.start, seed=seed)
            write_drops(simulate(spec), settings.paths.drops)
        land(settings.paths.drops, settings.paths.warehouse, settings.fleet)
        subprocess.run(dbt_command("run", home, "--quiet"), cwd=ROOT, check=True)
    return settings


def judged(settings: Settings, name: str) -> Found:
    """Learn as a training does, and hold the windows of the held-out nights against what came."""
    recipe = recipe_of(settings)
    with open_warehouse(settings, read_only=True) as con:
        split = time_split(labels_known_until(con, recipe.fleet), recipe)
        data = load_training_data(con, split, recipe)
        held_out = load_held_out(con, split.holdout_start, split.holdout_end, recipe.fleet)
    columns = choose_features(data.sample, data.columns, split.folds, recipe).columns
    learnt = learn_lifetimes(data.sample, columns, split, recipe)
    nights = held_out.nightly
    heard = ~is_silent(nights, reading_counts(recipe.fleet, settings.workspace.scoring))
    held = held_lives(nights[heard], held_out.labels_known_by, recipe)
    if held is None or learnt.booster is None or learnt.card is None:
        raise SystemExit(f"{name}: {learnt.reason or 'no held-out night is settled'}")
    windows = Remaining(learnt.booster, learnt.card).windows(pool_of(held.rows, columns), threads=1)
    low, high = windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy()
    came = inside(held.truth, low, high)
    both = ~np.isnan(low) & ~np.isnan(high)
    alone = ~np.isnan(low) & np.isnan(high)
    return Found(name, len(held.rows), _held(held, came, both), _held(held, came, alone), median_width(low, high),
                 learnt.card.kind, learnt.card.windows.widened)  # fmt: skip


def _held(held: HeldLives, came: NDArray[np.float64], kind: NDArray[np.bool_]) -> Held:
    known = kind & ~np.isnan(came) & (held.weights > 0)
    share = np.average(came[known], weights=held.weights[known]) if known.any() else float("nan")
    return Held(int(known.sum()), float(share), len(np.unique(held.lives[known & held.truth.ended])))


def together(parts: Sequence[Held]) -> Held:
    """Windows of several fleets as of one."""
    known = [one for one in parts if one.windows]
    windows = sum(one.windows for one in known)
    share = sum(one.inside * one.windows for one in known) / max(windows, 1)
    return Held(windows, share, sum(one.failures for one in known))


if __name__ == "__main__":
    sys.exit(main())
