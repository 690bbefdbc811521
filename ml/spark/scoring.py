"""A night scored on Spark: workers answer row by row, the driver concludes by the code that DuckDB's nights go through.

As many tasks run as the night's files have row groups; what comes to the driver is a handful of columns.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ml.mart.silence import reading_counts
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.scoring.contract import answer_columns, spark_ddl
from ml.scoring.down import NONE_DOWN, DownMachines
from ml.scoring.from_normal import answer_from_normal, columns_to_compare
from ml.scoring.score import columns_to_score, conclude
from ml.spark import LAKE_MART
from ml.spark.worker import answer_batches
from settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def score_night(
    session: "SparkSession",
    as_of: datetime,
    model: Model,
    bundle: str,
    version: ModelVersion,
    settings: Settings,
    scored_at: datetime,
    down: DownMachines = NONE_DOWN,
) -> pd.DataFrame:
    """Predictions of the mart's rows at `as_of`, equal to those of `score` on the same rows; maybe none.

    `bundle` is the name under which `model` was shipped to the session's workers. `down`: the machines that were down.
    """
    known = session.table(LAKE_MART).columns
    columns = [name for name in columns_to_score(model, settings.fleet, settings.workspace.scoring) if name in known]
    night = _night(session, as_of, columns)
    answers = _answered(night, bundle, settings).toArrow().to_pandas()

    def evidence(told: NDArray[np.bool_]) -> pd.DataFrame:
        return _rows_of(session, night, answers.loc[told, "machine_id"])

    return conclude(answers, evidence, model, version, settings, scored_at, down)


def compare_night(
    session: "SparkSession", as_of: datetime, settings: Settings, scored_at: datetime, down: DownMachines = NONE_DOWN
) -> pd.DataFrame:
    """Where there is no model: the night's rows by distance from normal, one a machine, compared on the driver."""
    known = session.table(LAKE_MART).columns
    columns = [name for name in columns_to_compare(settings.fleet, settings) if name in known]
    return answer_from_normal(_night(session, as_of, columns).toArrow().to_pandas(), settings, scored_at, down)


def night_condition(as_of: datetime) -> str:
    """The rows of a moment, which lie under its date or under the first of its month: a condition on them."""
    days = f"day in (date'{as_of:%Y-%m-%d}', date'{as_of:%Y-%m}-01')"
    return f"{days} and as_of = timestamp_ntz'{as_of.isoformat(sep=' ')}'"


def _night(session: "SparkSession", as_of: datetime, columns: Sequence[str]) -> "DataFrame":
    names = dict.fromkeys(["machine_id", "as_of", *columns])
    return session.table(LAKE_MART).where(night_condition(as_of)).select(*names)


def _answered(night: "DataFrame", bundle: str, settings: Settings) -> "DataFrame":
    components, further = settings.fleet.components, settings.fleet.further_horizons
    counts = reading_counts(settings.fleet, settings.workspace.scoring)

    def on_worker(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return answer_batches(batches, bundle, components, further, counts)

    return night.mapInArrow(on_worker, spark_ddl(answer_columns(components, further)))


def _rows_of(session: "SparkSession", night: "DataFrame", machines: "pd.Series[str]") -> pd.DataFrame:
    """The rows of a few `machines` of a night, in their order."""
    from pyspark.sql.functions import broadcast  # noqa: PLC0415

    wanted = session.createDataFrame(pa.table({"machine_id": machines.to_numpy()}))
    found = night.join(broadcast(wanted), "machine_id", "left_semi").toArrow().to_pandas()
    return found.set_index("machine_id", drop=False).loc[machines].reset_index(drop=True)
