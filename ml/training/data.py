"""What a training reads from the warehouse, and nothing more."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import duckdb
import pandas as pd

from ml.mart.columns import MartColumns, mart_columns
from ml.mart.horizon_labels import load_horizon_labels
from ml.mart.lives import with_lives
from ml.mart.load import load_failures, load_mart
from ml.mart.nights import label_delay
from ml.mart.sample import load_sample
from ml.training.fingerprint import training_fingerprint
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit
from settings import Fleet, TrainingSettings

Sampler = Callable[[datetime, datetime, TrainingSettings, MartColumns, datetime], pd.DataFrame]
"""As `ml.mart.sample.load_sample` without its connection."""


@dataclass(frozen=True)
class TrainingData:
    """`sample`: weighted rows of the training span. `nightly`: all its rows at the scoring hour. Both mature only.

    `further`: the sample's labels for each further horizon that was asked for (`load_horizon_labels`).
    """

    sample: pd.DataFrame
    nightly: pd.DataFrame
    columns: MartColumns
    split: TimeSplit
    further: pd.DataFrame | None = None

    def fingerprint(self, recipe: Recipe) -> str:
        """What stands for these rows and this recipe; the same of both gives the same model."""
        return training_fingerprint(self.sample, self.nightly, self.columns, recipe, self.split, self.further)


def load_training_data(
    con: duckdb.DuckDBPyConnection,
    split: TimeSplit,
    recipe: Recipe,
    sampler: Sampler | None = None,
    features: Collection[str] | None = None,
    horizons: Sequence[int] = (),
) -> TrainingData:
    """The rows before the held-out nights of `split`, with labels that were known when the split was laid.

    `sampler` draws the sample, `con` itself where none is given: on Spark it is drawn where the rows lie, for that
    looks at every row of the span. The rows at the scoring hour must fit into memory whichever engine brings them:
    `con` reads them, on Spark through its views of the lake. `features`: of what a model may see, only these, where
    a choice between them is made already. `horizons`: further ones, whose labels are wanted too.
    """
    columns, training = mart_columns(con, recipe.fleet, recipe.training), recipe.training
    columns = columns if features is None else columns.only(features)
    draw = sampler or partial(load_sample, con)
    known_by = split.holdout_end + label_delay(recipe.fleet)
    sample = draw(split.train_start, split.train_end, training, columns, known_by)
    sample = with_lives(con, sample)
    hour = recipe.fleet.scoring_hour
    nightly = load_mart(con, split.train_start, split.train_end, mature_only=True, hour=hour, known_by=known_by)
    further = load_horizon_labels(con, sample, recipe.fleet, horizons, known_by) if horizons else None
    return TrainingData(sample, nightly, columns, split, further)


@dataclass(frozen=True)
class HeldOutData:
    """Mature rows after `cutoff` at the scoring hour (`nightly`) or at all (`grid`), and the failures on record.

    `further`: the grid's labels for each further horizon that was asked for. `labels_known_by`: the moment by which all
    of that was known.
    """

    grid: pd.DataFrame
    failures: pd.DataFrame
    scoring_hour: int
    further: pd.DataFrame | None = None
    labels_known_by: datetime = datetime.max

    @property
    def nightly(self) -> pd.DataFrame:
        """The rows at the scoring hour."""
        return self.grid[self.grid["as_of"].dt.hour == self.scoring_hour]


def load_held_out(
    con: duckdb.DuckDBPyConnection, cutoff: datetime, until: datetime, fleet: Fleet, horizons: Sequence[int] = ()
) -> HeldOutData:
    """The rows with `cutoff < as_of <= until`, and the failures, as they were known when the last label was due."""
    known_by = until + label_delay(fleet)
    rows = load_mart(con, cutoff, until, mature_only=True, known_by=known_by)
    further = load_horizon_labels(con, rows, fleet, horizons, known_by) if horizons else None
    failures = load_failures(con, known_by)
    return HeldOutData(with_lives(con, rows), failures, fleet.scoring_hour, further, known_by)
