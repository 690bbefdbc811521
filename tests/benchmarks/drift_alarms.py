"""How often drift cries wolf, and how soon it finds what is there: `python -m tests.benchmarks.drift_alarms`.

Trains on the first days of a demo fleet, then judges every night after them on the mart that dbt builds, as the
nightly run does. First the fleet goes on as it was, for whole weeks: every alarm is a false one. Then, from a day on,
one sensor reads one of its standard deviations higher, or loses a tenth of its readings, in runs of 6 hours.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ingestion import land
from ml.mart.nights import as_of_night
from ml.models.model import Model
from ml.monitoring.drift_rows import DriftRows, load_drift_rows
from ml.monitoring.night_verdict import night_drift
from ml.training.data import load_training_data
from ml.training.recipe import recipe_of
from ml.training.time_split import time_split
from ml.training.train import train
from settings import ROOT, Settings, load_settings
from simulator import FleetSpec, SimulatedFleet, simulate, write_drops
from tests.benchmarks.dbt import dbt_command
from tests.environment import forget_the_caller
from warehouse.connection import connect

SHIFT_SD, DROPOUT_SHARE = 1.0, 0.1
FAULT_NIGHTS = 7
BEFORE_FAULT = 20  # days of telemetry built before a fault: the baseline's fortnight and the judged week


def main() -> None:
    forget_the_caller()  # a fleet is simulated into the drops folder
    parser = argparse.ArgumentParser(description=__doc__)
    demo = load_settings().workspace.demo
    parser.add_argument("--seeds", type=int, nargs="+", default=[demo.seed, demo.seed + 1, demo.seed + 2])
    parser.add_argument("--machines", type=int, default=demo.machines)
    parser.add_argument("--train-days", type=int, default=150)
    parser.add_argument("--nights", type=int, default=84, help="stationary nights judged with each seed")
    given = parser.parse_args()
    print(
        "| seed | sensor | stationary nights | false alarms | 1 sd shift found on night | 10 % dropout found on night |"
    )
    print("|---|---|---|---|---|---|")
    alarms = 0
    for number, seed in enumerate(given.seeds):
        spec = FleetSpec(machines=given.machines, start=demo.start, seed=seed, days=given.train_days + given.nights)
        sensor = spec.sensors[number % len(spec.sensors)].name
        alarms += measure(replace(spec, drift_sensor=sensor), given.train_days)
    nights = given.nights * len(given.seeds)
    print(f"\n{alarms} of {nights} stationary nights alarmed: {alarms / nights:.1%}")


def measure(spec: FleetSpec, train_days: int) -> int:
    """Print one row of the table; returns the false alarms."""
    steady, fault_day = simulate(spec), spec.days - FAULT_NIGHTS
    with built(steady) as (con, settings):
        model = _champion(con, spec, train_days, settings)
        nights = _nights(spec, train_days, settings)
        rows = load_drift_rows(con, model, nights, settings.fleet, settings.workspace.drift)
    false = [
        found
        for as_of in nights
        if (found := night_drift(rows, model, as_of, settings.fleet, settings.workspace.drift).drifted_columns)
    ]
    shifted = simulate(replace(spec, drift_day=fault_day, drift_sd=SHIFT_SD)).telemetry
    lossy = simulate(replace(spec, dropout_share=DROPOUT_SHARE)).telemetry
    found = [_found(steady, faulty, fault_day, model, rows) for faulty in (shifted, lossy)]
    print(f"| {spec.seed} | {spec.drift_sensor} | {len(nights)} | {len(false)} | {' | '.join(found)} |", flush=True)
    for columns in false:
        print(f"  false alarm: {', '.join(columns)}", file=sys.stderr)
    return len(false)


def _champion(con: duckdb.DuckDBPyConnection, spec: FleetSpec, train_days: int, settings: Settings) -> Model:
    known_until = datetime.combine(spec.start, datetime.min.time()) + timedelta(days=train_days)
    recipe = recipe_of(settings)
    split = time_split(known_until, recipe)
    data = load_training_data(con, split, recipe)
    return train(data.sample, data.nightly, data.columns, recipe, split).model


def _nights(spec: FleetSpec, first_day: int, settings: Settings) -> list[datetime]:
    days = [spec.start + timedelta(days=day) for day in range(first_day, spec.days)]
    return [as_of_night(day, settings.fleet.scoring_hour) for day in days]


def _found(steady: SimulatedFleet, faulty: pd.DataFrame, fault_day: int, model: Model, rows: DriftRows) -> str:
    """The number of the first night that alarms, with the columns that did; the fault begins at midnight before it."""
    spec, sensor = steady.spec, steady.spec.drift_sensor
    begins = pd.Timestamp(spec.start) + pd.Timedelta(days=fault_day)
    telemetry = steady.telemetry.copy()
    telemetry[sensor] = telemetry[sensor].where(telemetry["datetime"] < begins, faulty[sensor])
    recent = telemetry[telemetry["datetime"] >= begins - pd.Timedelta(days=BEFORE_FAULT)]
    with built(replace(steady, telemetry=recent)) as (con, settings):
        nights = _nights(spec, fault_day, settings)
        broken = replace(
            rows, recent=load_drift_rows(con, model, nights, settings.fleet, settings.workspace.drift).recent
        )
    for number, as_of in enumerate(nights, start=1):
        if found := night_drift(broken, model, as_of, settings.fleet, settings.workspace.drift).drifted_columns:
            return f"{number} ({', '.join(found[:2])}{', …' if len(found) > 2 else ''})"
    return f"not in {len(nights)}"


@contextmanager
def built(fleet: SimulatedFleet) -> Iterator[tuple[duckdb.DuckDBPyConnection, Settings]]:
    """The fleet landed and built by dbt up to the mart in a scratch home, opened for reading."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["NIGHTSHIFT_HOME"] = home
        settings = _quick(load_settings())
        write_drops(fleet, settings.paths.drops)
        land(settings.paths.drops, settings.paths.warehouse, settings.fleet)
        subprocess.run(dbt_command("run", Path(home), "--quiet"), cwd=ROOT, check=True)
        with connect(settings.paths.warehouse, read_only=True) as con:
            yield con, settings


def _quick(settings: Settings) -> Settings:
    """The model's own features and a smaller model of them: how good it is does not matter here."""
    training = settings.workspace.training.model_copy(update={"iterations": 150, "learning_rate": 0.1, "folds": 1})
    workspace = settings.workspace.model_copy(update={"training": training})
    return settings.model_copy(update={"workspace": workspace})


if __name__ == "__main__":
    main()
