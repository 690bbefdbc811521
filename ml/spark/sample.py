"""The training sample where the mart is Spark's: drawn where the rows lie, so that only the drawn ones travel."""

from datetime import datetime
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from ml.mart.columns import MartColumns, sample_columns
from ml.mart.load import known_after
from ml.mart.sample import draw_sample, share_drawn
from ml.spark import LAKE_LATE_LABELS, LAKE_MART
from settings import TrainingSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MARGIN = 1 + 1e-9  # Spark may bring a row too many, never one too few: what is drawn is decided once, by DuckDB


def load_sample(
    session: "SparkSession",
    start: datetime,
    end: datetime,
    training: TrainingSettings,
    columns: MartColumns,
    known_by: datetime | None = None,
) -> pd.DataFrame:
    """As `ml.mart.sample.load_sample`, bit for bit: Spark counts and narrows, the same SQL draws from it."""
    mature = session.table(LAKE_MART).where(_learnable(start, end))
    if known_by is not None and session.catalog.tableExists(LAKE_LATE_LABELS):
        late = session.table(LAKE_LATE_LABELS).where(known_after(known_by)).select("machine_id", "as_of")
        mature = mature.join(late, ["machine_id", "as_of"], "left_anti")
    [(failing, rows)] = mature.selectExpr("count_if(fails_any = 1)", "count(*)").collect()
    share = share_drawn(failing, rows, training)
    near = mature.where(f"fails_any = 1 or {_drawn(training.seed)} < {share * MARGIN!r}D")
    with duckdb.connect() as con:
        con.register("feature_mart", near.select(*sample_columns(columns)).toArrow())
        return draw_sample(con, start, end, share, training, columns)


def _learnable(start: datetime, end: datetime) -> str:
    first, last = (f"timestamp_ntz'{moment.isoformat(sep=' ')}'" for moment in (start, end))
    days = f"day between date'{start:%Y-%m}-01' and date'{end:%Y-%m-%d}'"  # or under the first of their month
    return f"{days} and as_of > {first} and as_of <= {last} and label_status = 'mature'"


def _drawn(seed: int) -> str:
    """The number in [0, 1) of `ml.mart.sample.draw_sample`, in Spark's words."""
    digest = f"md5(concat(machine_id, '|', cast(as_of as string), '|{seed:d}'))"
    return f"cast(conv(left({digest}, 12), 16, 10) as bigint) / {2**48}D"
