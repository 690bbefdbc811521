"""What a training reads from the warehouse, and nothing more."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from ml.fingerprint import training_fingerprint
from ml.mart import MartColumns, load_failures, load_mart, load_sample, mart_columns
from ml.split import TimeSplit
from settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class TrainingData:
    """`sample`: weighted rows of the training span. `nightly`: all its rows at the scoring hour. Both mature only."""

    sample: pd.DataFrame
    nightly: pd.DataFrame
    columns: MartColumns
    split: TimeSplit

    def fingerprint(self, settings: Settings) -> str:
        return training_fingerprint(self.sample, self.nightly, self.columns, settings, self.split)


def load_training_data(
    con: duckdb.DuckDBPyConnection, split: TimeSplit, settings: Settings, session: "SparkSession | None" = None
) -> TrainingData:
    """The rows before the held-out nights of `split`.

    With a Spark `session` the sample is drawn there, for that looks at every row of the span. The rows at the scoring
    hour must fit into memory whichever engine brings them: `con` reads them, on Spark through its views of the lake.
    """
    columns, training = mart_columns(con, settings), settings.workspace.training
    if session is None:
        sample = load_sample(con, split.train_start, split.train_end, training, columns)
    else:
        from ml.spark import sample as on_spark  # noqa: PLC0415 - DuckDB's users need none of it

        sample = on_spark.load_sample(session, split.train_start, split.train_end, training, columns)
    nightly = load_mart(con, split.train_start, split.train_end, mature_only=True, hour=settings.fleet.scoring_hour)
    return TrainingData(sample, nightly, columns, split)


@dataclass(frozen=True)
class HeldOutData:
    """Mature rows after `cutoff` at the scoring hour (`nightly`) or at all (`grid`), and the failures on record."""

    grid: pd.DataFrame
    failures: pd.DataFrame
    scoring_hour: int

    @property
    def nightly(self) -> pd.DataFrame:
        return self.grid[self.grid["as_of"].dt.hour == self.scoring_hour]


def load_held_out(con: duckdb.DuckDBPyConnection, cutoff: datetime, until: datetime, settings: Settings) -> HeldOutData:
    """The rows with `cutoff < as_of <= until` whose outcome is known, and all failures."""
    return HeldOutData(load_mart(con, cutoff, until, mature_only=True), load_failures(con), settings.fleet.scoring_hour)
