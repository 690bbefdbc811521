"""The figures on NASA's C-MAPSS engines: `python -m tests.benchmarks.turbofans FILE`, with fleets/engines.

FILE is a training set as CSV, such as FD001: `unit, cycle, setting1..3, s1..s21`, an engine's last row before its
failure. Lands and builds it in a scratch home (`--home` keeps it), learns from the first engines and judges the
held-out nights of the fleet's settings: average precision of a failure within 30 days, beside the naive rules and
single columns of the hot section.
"""

import sys
from functools import partial

import pandas as pd

from ml.arrays import Floats
from ml.evaluation.naive_rules import RULES
from ml.mart.columns import ANY, label
from ml.mart.load import load_mart
from ml.mart.nights import labels_known_until
from ml.metrics.row_metrics import ranking_metrics
from ml.training.data import load_training_data
from ml.training.recipe import recipe_of
from ml.training.time_split import time_split
from ml.training.train import train
from settings import ROOT, Settings
from steps.measure import measured
from tests.benchmarks.shipped import tell
from warehouse.connection import open_warehouse

FLEET = ROOT / "fleets/engines"
BY_HAND = ("s4_mean_240h", "s11_mean_240h", "s4_shift_240h")  # of the hot section: they rise as an engine wears


def main() -> int:
    return tell(FLEET, __doc__, "the set's file, or a folder with it alone", judged)


def judged(settings: Settings) -> list[str]:
    """Train, then average precision of the model, of the rules and of single columns on the held-out nights."""
    recipe = recipe_of(settings)
    with open_warehouse(settings, read_only=True) as con:
        split = time_split(labels_known_until(con, recipe.fleet), recipe)
        data = load_training_data(con, split, recipe)
        rows = load_mart(con, split.holdout_start, split.holdout_end, mature_only=True)
    trained, costs = measured(partial(train, data.sample, data.nightly, data.columns, recipe, split))
    scores: dict[str, Floats] = {"model": trained.model.log_odds(rows)[ANY].to_numpy()}
    scores |= {name: rule(rows, recipe.fleet) for name, rule in RULES.items()}
    scores |= {name: rows[name].fillna(rows[name].min()).to_numpy() for name in BY_HAND}
    failing = rows.loc[rows[label(ANY)] == 1, "machine_id"].nunique()
    return [
        f"training: {costs.train_seconds:.0f} s; features: {trained.choice.name} ({trained.choice.reason})",
        f"{len(rows):,} engine-nights from {split.holdout_start} to {split.holdout_end}, {failing} engines fail",
        "| | average precision |", "|---|---|",
        *(f"| {name} | {_reached(rows, found):.3f} |" for name, found in scores.items()),
    ]  # fmt: skip


def _reached(rows: pd.DataFrame, scores: Floats) -> float:
    return ranking_metrics(rows[label(ANY)].to_numpy(dtype="float64"), scores)["average_precision"]


if __name__ == "__main__":
    sys.exit(main())
