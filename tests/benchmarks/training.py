"""A training against the same CatBoost on all rows: `python -m tests.benchmarks.training`.

Ours is what a user gets who has set nothing: a weighted sample that keeps every row before a failure, as soon as there
are more rows than `training.max_rows`, three small boosters a target, lost feeds rehearsed. The peer takes every mature
row, one booster a target and no rehearsal; parameters, targets, folds, calibration and everything else are the same
code. Beneath the table: on how many rows each learnt, average precision of both on the held-out nights, and the
interval of their difference by a bootstrap of machines.

The fleet must be large enough that the default samples: 200 machines and a year have some 580,000 rows, of which it
takes 100,000. A smaller fleet is refused unless `--whole` says that nothing is to be sampled: then ours costs more.
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
CONFIDENCE, RESAMPLES = 0.9, 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="also a fleet of which the default takes every row")
    parser.add_argument("--step", choices=(OURS, ALL_ROWS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        return step(given.step, given.folder)
    found, notes = measured(given.rounds, given.machines, given.days, whole=given.whole)
    print(table(found), *notes, sep="\n\n")
    return 0


def measured(
    rounds: int, machines: int = 200, days: int = 365, *, whole: bool = False
) -> tuple[list[Comparison], list[str]]:
    """The comparison, and what average precision both came to. `whole`: a fleet that is not sampled has no goal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, machines, days)
        contenders = {
            step: Contender(python("tests.benchmarks.training", "--step", step, "--folder", folder))
            for step in (OURS, ALL_ROWS)
        }
        runs = compared(contenders, rounds, folder / "log")
        ours, theirs = (pd.read_parquet(_scores(folder, step)) for step in (OURS, ALL_ROWS))
    sampled = ours["learned"].iloc[0] < theirs["learned"].iloc[0]
    if not (sampled or whole):
        raise SystemExit("The default samples nothing of this fleet: take a larger one, or --whole.")
    note = quality(ours, theirs)
    work = f"train on {machines:,} machines, {days} days" + ("" if sampled else ", none of its rows left out")
    goal = 0.3 if sampled else None
    return [Comparison(work, "the same CatBoost on all rows", *runs.values(), goal=goal)], [
        f"Trained {rounds} times. {note}"
    ]


def prepare(folder: Path, machines: int, days: int) -> None:
    """A home in which a fleet has landed and its mart is built."""
    with home_for(folder / "home"):
        warehouse = load_settings().paths.warehouse
        warehouse.parent.mkdir()
        landed(write_fleet(folder / "feeds", machines, days), warehouse)
        subprocess.run(dbt_command("run", folder / "home", "--quiet"), cwd=ROOT, check=True)


def step(name: str, folder: Path) -> int:
    """Train, and score the held-out nights."""
    with home_for(folder / "home"):
        settings = suited(load_settings(), name)
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


def suited(settings: Settings, name: str) -> Settings:
    """The product's own settings as they are, or those of the peer."""
    if name == OURS:
        return settings
    every_row = {"max_rows": sys.maxsize, "bags": 1, "outage_share": 0.0}
    training = settings.workspace.training.model_copy(update=every_row)
    workspace = settings.workspace.model_copy(update={"training": training})
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
