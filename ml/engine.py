"""Which engine holds the big tables, for steps that treat them differently."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def spark_if_chosen(settings: Settings) -> "AbstractContextManager[SparkSession | None]":
    """A Spark session on the workspace's tables, or None where they are DuckDB's."""
    if not settings.workspace.engine.is_spark:
        return nullcontext()
    from data.spark.session import spark_session  # noqa: PLC0415 - DuckDB's users need none of it

    return spark_session(settings)
