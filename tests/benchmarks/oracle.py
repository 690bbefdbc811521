"""How near the champion comes to the best that anyone could: `python -m tests.benchmarks.oracle`.

Simulates the demo fleet, builds and trains in a scratch home, and compares average precision on the held-out rows with
that of the simulator's own true probabilities on the very same rows, with the paired bootstrap interval of the ratio.
"""

import argparse
import os
import subprocess
import tempfile
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
from warehouse.connection import connect


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    demo = load_settings().workspace.demo
    parser.add_argument("--seeds", type=int, nargs="+", default=[demo.seed])
    parser.add_argument("--days", type=int, default=demo.days)
    parser.add_argument("--machines", type=int, default=demo.machines)
    given = parser.parse_args()
    print("| seed | rows | failing | champion AP | oracle AP | ratio (90 % interval) |\n|---|---|---|---|---|---|")
    for seed in given.seeds:
        spec = FleetSpec(machines=given.machines, days=given.days, start=demo.start, seed=seed)
        for line in measure(spec):
            print(line, flush=True)


def measure(spec: FleetSpec) -> list[str]:
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


def _compare(rows: pd.DataFrame, name: str, fleet: SimulatedFleet, settings: Settings) -> str:
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
    return (
        f"| {fleet.spec.seed}, {name} | {len(both)} | {int(labels.sum())} | {ours[0]:.3f} | {theirs[0]:.3f} | "
        f"{ours[0] / theirs[0]:.3f} ({low:.3f} to {high:.3f}) |"
    )


if __name__ == "__main__":
    main()
