"""A training against the same CatBoost on all rows: `python -m tests.benchmarks.training`.

Ours is what the product does: a weighted sample that keeps every row before a failure, three small boosters a target,
lost feeds rehearsed. The peer takes every mature row, one booster a target and no rehearsal; parameters, targets,
folds, calibration and everything else are the same code. Beneath the table: average precision of both on the held-out
nights, and the interval of their difference by a bootstrap of machines.

The product's `training.max_rows` is meant for a year of 1,000 machines. A smaller fleet gets the same share of it, so
that ours leaves out as much as it would there. The full size is `--machines 1000 --days 365`: allow the peer two hours
and 20 GB. The smaller the fleet, the less a sample saves, for a tree has its price however few the rows.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ml.evaluation.contenders import ask_model
from ml.mart.columns import ANY, label
from ml.mart.nights import fleet_clock
from ml.metrics.bootstrap import average_precisions, interval, machine_weights
from ml.metrics.row_metrics import ranking_metrics
from ml.training.data import load_held_out, load_training_data
from ml.training.recipe import recipe_of
from ml.training.time_split import time_split
from ml.training.train import train
from settings import ROOT, Settings, home_for, load_settings
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.dbt import dbt_command
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.mart import landed
from tests.benchmarks.measure import Contender, compared, python
from warehouse.connection import open_warehouse

OURS, ALL_ROWS = "ours", "all_rows"
FULL_SIZE = 1000 * 365  # machine-days that `training.max_rows` is meant for
CONFIDENCE, RESAMPLES = 0.9, 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=60)
    parser.add_argument("--days", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--step", choices=(OURS, ALL_ROWS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        return step(given.step, given.folder, given.machines * given.days)
    found, notes = measured(given.rounds, given.machines, given.days)
    print(table(found), *notes, sep="\n\n")
    return 0


def measured(rounds: int, machines: int = 60, days: int = 150) -> tuple[list[Comparison], list[str]]:
    """The comparison, and what average precision both came to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, machines, days)
        size = ("--folder", folder, "--machines", machines, "--days", days)
        contenders = {
            step: Contender(python("tests.benchmarks.training", "--step", step, *size)) for step in (OURS, ALL_ROWS)
        }
        runs = compared(contenders, rounds, folder / "log")
        note = quality(*(pd.read_parquet(_scores(folder, step)) for step in (OURS, ALL_ROWS)))
    work = f"train on {machines:,} machines, {days} days"
    return [Comparison(work, "the same CatBoost on all rows", *runs.values(), goal=0.3)], [
        f"Trained {rounds} times. {note}"
    ]


def prepare(folder: Path, machines: int, days: int) -> None:
    """A home in which a fleet has landed and its mart is built."""
    with home_for(folder / "home"):
        warehouse = load_settings().paths.warehouse
        warehouse.parent.mkdir()
        landed(write_fleet(folder / "feeds", machines, days), warehouse)
        subprocess.run(dbt_command("run", folder / "home", "--quiet"), cwd=ROOT, check=True)


def step(name: str, folder: Path, machine_days: int) -> int:
    """Train, and score the held-out nights."""
    with home_for(folder / "home"):
        settings = suited(load_settings(), name, machine_days)
        recipe = recipe_of(settings)
        with open_warehouse(settings, read_only=True) as con:
            split = time_split(fleet_clock(con).known_until, recipe)
            data = load_training_data(con, split, recipe)
            held_out = load_held_out(con, split.holdout_start, split.holdout_end, recipe.fleet).nightly
    model = train(data.sample, data.nightly, data.columns, recipe, split).model
    rows = held_out[["machine_id", "as_of"]].assign(
        failed=held_out[label(ANY)].astype("float64"), score=ask_model(model, held_out).scores, learned=len(data.sample)
    )
    rows.to_parquet(_scores(folder, name))
    return 0


def suited(settings: Settings, name: str, machine_days: int) -> Settings:
    """The product's own settings at this size, or those of the peer."""
    training = settings.workspace.training
    share = min(1.0, machine_days / FULL_SIZE)
    changed = {"max_rows": round(training.max_rows * share)} if name == OURS else {
        "max_rows": sys.maxsize, "bags": 1, "outage_share": 0.0,
    }  # fmt: skip
    workspace = settings.workspace.model_copy(update={"training": training.model_copy(update=changed)})
    return settings.model_copy(update={"workspace": workspace})


def quality(ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Average precision of both on the same rows, each with its interval, and the interval of the difference."""
    both = ours.merge(theirs, on=["machine_id", "as_of", "failed"], suffixes=("", "_theirs"), validate="one_to_one")
    if not len(both) == len(ours) == len(theirs):
        raise SystemExit(f"the held-out rows differ: {len(ours)}, {len(theirs)}, {len(both)} of them in both")
    labels = both["failed"].to_numpy()
    weights = machine_weights(both["machine_id"], RESAMPLES, seed=7)
    found, draws = [], []
    for column in ("score", "score_theirs"):
        scores = both[column].to_numpy()
        draws.append(average_precisions(labels, scores, weights))
        low, high = interval(draws[-1], CONFIDENCE)
        found.append(f"{ranking_metrics(labels, scores)['average_precision']:.3f} ({low:.3f} to {high:.3f})")
    low, high = interval(draws[0] - draws[1], CONFIDENCE)
    verdict = "within noise" if low <= 0 <= high else "better" if low > 0 else "worse"
    return (
        f"Average precision on {len(both):,} held-out rows, {int(labels.sum())} before a failure ({CONFIDENCE:.0%} "
        f"intervals): ours {found[0]} from {ours['learned'].iloc[0]:,} rows, the peer {found[1]} from "
        f"{theirs['learned'].iloc[0]:,}; ours less the peer's {np.nanmean(draws[0] - draws[1]):+.3f} "
        f"({low:+.3f} to {high:+.3f}): {verdict}."
    )


def _scores(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


if __name__ == "__main__":
    sys.exit(main())
