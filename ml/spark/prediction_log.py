"""The prediction log where it is Spark's: nothing is ever changed in place, so that a kill loses no answer.

A night's answers are one batch, a partition of its own. What a rerun of the same features answers is added first; only
then is the older batch of the same answers dropped. Killed between, both stand, and readers take the later of two rows
with the same machine, night, model version and features. Features that have changed make a batch that replaces none.
"""

import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from ml.scoring.contract import arrow_schema, columns_in, spark_ddl
from warehouse.spark.lake import ensure_schema, lake_tables

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = "ml.prediction_log"


def write_predictions(session: "SparkSession", predictions: pd.DataFrame, lake: Path) -> int:
    """Add `predictions` to the log, a batch a night and version; returns the rows written.

    `lake` is the folder of Spark's tables, where the log is made if it is missing.

    Interrupted anywhere, the next call with the same nights comes out as if nothing had happened.
    """
    make_table(session, predictions, lake)
    for _, night in predictions.groupby(["as_of", "model_version"], sort=False):
        take_in_cut_off(session, _day(night))
        append_batch(session, night)
        drop_older(session, night)
    return len(predictions)


def make_table(session: "SparkSession", predictions: pd.DataFrame, lake: Path) -> None:
    """Make the log where it is missing, and add the columns that an older one lacks, such as a new component's."""
    columns = columns_in(predictions.columns)
    ensure_schema(session, lake, "ml")
    session.sql(
        f"create table if not exists {TABLE} ({spark_ddl(columns)}, day date, batch string) "
        "using parquet partitioned by (day, batch)"
    )
    known = session.table(TABLE).columns
    if new := [column for column in columns if column.name not in known]:
        session.sql(f"alter table {TABLE} add columns ({spark_ddl(new)})")


def take_in_cut_off(session: "SparkSession", day: date) -> None:
    """Make known the batches of `day` that were written when the process was killed, before Spark's catalogue knew.

    A batch is one file, which is renamed into its place when it is whole.
    """
    written = lake_tables(session, "ml")["prediction_log"].files([day])
    for batch in {path.parent.name.removeprefix("batch=") for path in written} - set(batches(session, day)):
        session.sql(f"alter table {TABLE} add if not exists partition ({_partition(day, batch)})")


def append_batch(session: "SparkSession", night: pd.DataFrame) -> None:
    """Add the answers of one night and version, unless this very batch is there."""
    day, batch = _day(night), batch_name(night)
    if batch in batches(session, day):
        return
    table = session.table(TABLE)
    schema = arrow_schema(columns_in(night.columns))
    rows = session.createDataFrame(pa.Table.from_pandas(night, schema=schema, preserve_index=False))
    # Components that the fleet had once: whatever else the table has, a night has too.
    absent = {name: f"cast(null as double) as {name}" for name in table.columns if name not in schema.names}
    named = absent | {"day": f"date'{day}' as day", "batch": f"'{batch}' as batch"}
    rows.selectExpr(*(named.get(name, f"`{name}`") for name in table.columns)).coalesce(1).write.insertInto(TABLE)


def drop_older(session: "SparkSession", night: pd.DataFrame) -> None:
    """Drop the batches that the last one with the same answers' keys has replaced."""
    day, answers = _day(night), _answers(night)
    same = sorted(batch for batch in batches(session, day) if batch.startswith(f"{answers}-"))
    for batch in same[:-1]:
        session.sql(f"alter table {TABLE} drop if exists partition ({_partition(day, batch)})")


def batches(session: "SparkSession", day: date) -> list[str]:
    """The batches of a day that Spark's catalogue knows."""
    found = session.sql(f"show partitions {TABLE} partition (day = date'{day}')").collect()
    return [partition.partition("/batch=")[2] for (partition,) in found]


def batch_name(night: pd.DataFrame) -> str:
    """`<model version>-<digest of night, machines and features>-<when it was scored>`; of two, the later sorts last."""
    return f"{_answers(night)}-{night['scored_at'].max():%Y%m%dT%H%M%S%f}"


def _answers(night: pd.DataFrame) -> str:
    keys = sorted(zip(night["machine_id"], night["features_hash"], strict=True))
    digest = hashlib.sha256(repr((_first(night, "as_of").isoformat(), keys)).encode()).hexdigest()[:16]
    return f"{_first(night, 'model_version')}-{digest}"


def _day(night: pd.DataFrame) -> date:
    day: date = _first(night, "as_of").date()
    return day


def _first(night: pd.DataFrame, name: str) -> pd.Timestamp:
    return night[name].iloc[0]


def _partition(day: date, batch: str) -> str:
    return f"day = date'{day}', batch = '{batch}'"
