"""The figures on Backblaze's drive statistics: `python -m tests.benchmarks.drives DROPS`, with fleets/drives.

DROPS is a folder with daily files as Backblaze publishes them, `2013-04-10.csv.gz` to `2013-05-19.csv.gz`, which we do
not ship. Lands and builds them in a scratch home (`--home` keeps it), learns from the nights up to 27 April, whose
outcomes were known on 4 May, and judges 4 to 12 May: average precision, and the drives that failed within a week among
the 1 % riskiest of a night, beside the rule that adds up raw SMART 5 and 197.

Judged is every drive in service whose outcome is known. As on every night a silent drive has no answer, and ranks below
all others; the figures are given too as if it were answered by what it last told.
"""

import sys
import time
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.columns import ANY, label
from ml.mart.load import load_mart
from ml.mart.silence import is_silent, reading_counts
from ml.metrics.row_metrics import ranking_metrics
from ml.models.model import Model
from ml.training.data import load_training_data
from ml.training.recipe import recipe_of
from ml.training.time_split import split_before
from ml.training.train import Trained, train
from settings import ROOT, Settings
from steps.measure import measured
from tests.benchmarks.shipped import tell
from warehouse.connection import open_warehouse

FLEET = ROOT / "fleets/drives"
JUDGED_FROM, JUDGED_UNTIL = datetime(2013, 5, 4), datetime(2013, 5, 12)
RISKIEST = 0.01
RULE = ("smart_5_last", "smart_197_last")


def main() -> int:
    return tell(FLEET, __doc__, "the folder with the daily files", judged)


def judged(settings: Settings) -> list[str]:
    """Train and score; a row of figures for the model and one for the rule."""
    trained, seconds = learnt(settings)
    rows = judged_rows(settings)
    begin = time.perf_counter()
    scores = _scores(trained.model, rows)
    scored = time.perf_counter() - begin
    nights = rows["as_of"].nunique()
    silent = is_silent(rows, reading_counts(settings.fleet, settings.workspace.scoring))
    rule = rows[list(RULE)].fillna(0).sum(axis=1).to_numpy(dtype="float64")
    return [
        f"training: {seconds:.0f} s; features: {trained.choice.name} ({trained.choice.reason})",
        f"scoring: {scored / nights:.2f} s a night of {len(rows) / nights:,.0f} drives",
        f"{len(rows):,} drive-nights, {silent.sum():,} of them silent; {_failing(rows)} drives fail within a week, "
        f"{_failing(rows[~silent])} of them heard on such a night",
        "| | average precision | failing drives among the 1 % riskiest of a night |", "|---|---|---|",
        _row("model", rows, _silenced(scores, silent)), _row("SMART 5 + 197", rows, _silenced(rule, silent)),
        _row("model, silent drives answered too", rows, scores), _row("SMART 5 + 197, the same", rows, rule),
    ]  # fmt: skip


def learnt(settings: Settings) -> tuple[Trained, float]:
    """What the nights before the judged ones teach, and the seconds that it took."""
    recipe = recipe_of(settings)
    split = split_before(JUDGED_FROM, JUDGED_UNTIL, recipe)
    with open_warehouse(settings, read_only=True) as con:
        data = load_training_data(con, split, recipe)
    trained, costs = measured(partial(train, data.sample, data.nightly, data.columns, recipe, split))
    return trained, costs.train_seconds


def judged_rows(settings: Settings) -> pd.DataFrame:
    """The mart's rows of the judged nights whose outcome is known."""
    with open_warehouse(settings, read_only=True) as con:
        return load_mart(con, JUDGED_FROM - timedelta(days=1), JUDGED_UNTIL, mature_only=True)


def _scores(model: Model, rows: pd.DataFrame) -> Floats:
    return np.asarray(model.log_odds(rows)[ANY], dtype="float64")


def _silenced(scores: Floats, silent: NDArray[np.bool_]) -> Floats:
    return np.where(silent, scores.min() - 1, scores)


def _failing(rows: pd.DataFrame) -> int:
    return int(rows.loc[rows[label(ANY)] == 1, "machine_id"].nunique())


def _row(name: str, rows: pd.DataFrame, scores: Floats) -> str:
    reached = ranking_metrics(rows[label(ANY)].to_numpy(dtype="float64"), scores)["average_precision"]
    return f"| {name} | {reached:.3f} | {caught(rows, scores)} |"


def caught(rows: pd.DataFrame, scores: Floats) -> int:
    """How many drives that fail within the horizon are among the RISKIEST share of some night; shape of scores (n,)."""
    found: set[str] = set()
    for _, night in rows.assign(score=scores).groupby("as_of"):
        riskiest = night.nlargest(int(np.ceil(RISKIEST * len(night))), "score")
        found |= set(riskiest.loc[riskiest[label(ANY)] == 1, "machine_id"])
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
