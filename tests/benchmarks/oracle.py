"""How near the champion comes to the best that anyone could: `python -m tests.benchmarks.oracle`.

Simulates demo fleets, builds and trains in a scratch home, and compares average precision on the held-out rows with
that of the simulator's own true probabilities on the very same rows, with the paired bootstrap interval of the ratio.
The fleets that are shown are none that any setting was chosen on: their mean and spread are the figure to quote.
`--choosing` takes the fleet on which settings are chosen instead, the demo's own.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ingestion import land
from ml.mart.columns import ANY, label
from ml.mart.nights import fleet_clock, label_delay
from ml.metrics.bootstrap import CONFIDENCE, average_precisions, interval, machine_weights
from ml.registry.registry import registry
from ml.training.data import load_held_out
from settings import ROOT, Settings, load_settings
from simulator import FleetSpec, SimulatedFleet, simulate, true_probability, write_drops
from steps.train import train_challenger
from tests.benchmarks.dbt import dbt_command
from tests.environment import forget_the_caller
from warehouse.connection import connect

SHOWN_SEEDS = (9101, 9102, 9103, 9104, 9105)
"""Never try a setting on these: a figure is only worth showing where nothing was chosen by it."""


@dataclass(frozen=True)
class Share:
    """How much of the truth's average precision the champion reached on the held-out rows of one fleet."""

    seed: int
    rows: str
    count: int
    failing: int
    ours: float
    truth: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        return self.ours / self.truth

    def line(self) -> str:
        return (
            f"| {self.seed}, {self.rows} | {self.count} | {self.failing} | {self.ours:.3f} | {self.truth:.3f} | "
            f"{self.ratio:.3f} ({self.low:.3f} to {self.high:.3f}) |"
        )


def main() -> None:
    forget_the_caller()  # a fleet is simulated into the drops folder
    parser = argparse.ArgumentParser(description=__doc__)
    demo = load_settings().workspace.demo
    parser.add_argument("--seeds", type=int, nargs="+", default=SHOWN_SEEDS)
    parser.add_argument("--choosing", action="store_true", help="the demo's own seed, on which settings are chosen")
    parser.add_argument("--days", type=int, default=demo.days)
    parser.add_argument("--machines", type=int, default=demo.machines)
    given = parser.parse_args()
    print("| seed | rows | failing | champion AP | oracle AP | ratio (90 % interval) |\n|---|---|---|---|---|---|")
    found = []
    for seed in [demo.seed] if given.choosing else given.seeds:
        spec = FleetSpec(machines=given.machines, days=given.days, start=demo.start, seed=seed)
        for share in measure(spec):
            print(share.line(), flush=True)
            found.append(share)
    print("", *summary(found, demo.seed), sep="\n")


def summary(shares: Sequence[Share], chosen_on: int) -> list[str]:
    """Mean and spread over the fleets on which nothing was chosen, a line for the nights and one for the whole grid."""
    unseen = [share for share in shares if share.seed != chosen_on]
    if not unseen:
        return [f"Settings were chosen on seed {chosen_on}: no figure to show."]
    return [
        _mean(rows, [share for share in unseen if share.rows == rows]) for rows in dict.fromkeys(s.rows for s in unseen)
    ]


def _mean(rows: str, shares: Sequence[Share]) -> str:
    ours, truth, ratios = (np.array([getattr(share, name) for share in shares]) for name in ("ours", "truth", "ratio"))
    spread = f", sd {ratios.std(ddof=1):.3f}" if len(shares) > 1 else ""
    return (
        f"{rows}, mean of {len(shares)} unseen fleets: champion {ours.mean():.3f}, truth {truth.mean():.3f}, ratio "
        f"{ratios.mean():.3f} ({ratios.min():.3f} to {ratios.max():.3f}{spread})"
    )


def measure(spec: FleetSpec) -> list[Share]:
    """Two rows of the table: the held-out nights, and every held-out snapshot."""
    fleet = simulate(spec)
    with tempfile.TemporaryDirectory() as name:
        os.environ["NIGHTSHIFT_HOME"] = name
        settings = load_settings()
        write_drops(fleet, settings.paths.drops)
        land(settings.paths.drops, settings.paths.warehouse, settings.fleet)
        subprocess.run(dbt_command("run", Path(name), "--quiet"), cwd=ROOT, check=True)
        train_challenger(settings)
        return [_compare(rows, name, fleet, settings) for name, rows in _held_out(settings).items()]


def _held_out(settings: Settings) -> dict[str, pd.DataFrame]:
    model, _ = registry(settings).champion()
    with connect(settings.paths.warehouse, read_only=True) as con:
        until = fleet_clock(con).known_until - label_delay(settings.fleet)
        data = load_held_out(con, model.cutoff, until, settings.fleet)
    grid = data.grid.assign(chance=model.probabilities(data.grid)[ANY])
    return {"nights": grid[grid["as_of"].dt.hour == data.scoring_hour], "whole grid": grid}


def _compare(rows: pd.DataFrame, name: str, fleet: SimulatedFleet, settings: Settings) -> Share:
    moments = np.sort(rows["as_of"].unique())
    best = true_probability(fleet, moments, settings.fleet.horizon_hours)
    best = best.astype({"machine_id": str})[["machine_id", "as_of", "failure_probability"]]
    both = rows.merge(best, on=["machine_id", "as_of"], validate="one_to_one")
    labels = both[label(ANY)].to_numpy(dtype="float64")
    weights = machine_weights(both["machine_id"], 1000, 1)
    weights[:, 0] = 1.0
    ours, theirs = (average_precisions(labels, both[column].to_numpy(), weights)
                    for column in ("chance", "failure_probability"))  # fmt: skip
    low, high = interval(ours / theirs, CONFIDENCE)
    return Share(fleet.spec.seed, name, len(both), int(labels.sum()), float(ours[0]), float(theirs[0]), low, high)


if __name__ == "__main__":
    main()
