"""Hides from the steps on which engine the workspace keeps its tables: DuckDB or Spark."""

from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING

from ingestion.run import Progress, land
from ingestion.summary import LandingSummary
from settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def land_drops(settings: Settings, on_progress: Progress | None = None) -> LandingSummary:
    """Land every new file of the workspace's drops folder. Raises as `land`."""
    paths = settings.paths
    if settings.workspace.engine.is_spark:
        from ingestion.spark.landing import land_on_spark  # noqa: PLC0415 - a DuckDB workspace imports nothing of Spark

        return land_on_spark(settings, on_progress)
    return land(paths.drops, paths.warehouse, settings.fleet, on_progress, settings.workspace.warehouse.wait_seconds)


def show_tables(settings: Settings) -> None:
    """Make the tables that dbt has built visible to `open_warehouse`: nothing to do on DuckDB, views over Spark's."""
    if settings.workspace.engine.is_spark:
        from warehouse.spark.duckdb_views import refresh_views  # noqa: PLC0415
        from warehouse.spark.session import spark_session  # noqa: PLC0415

        with spark_session(settings) as session:
            refresh_views(settings, session)


def describe_engine(settings: Settings) -> str:
    """One line with the engine's name and versions.

    Raises WarehouseError as `require_engine`, and for a cluster that does not answer.
    """
    target = settings.workspace.engine.target
    if not settings.workspace.engine.is_spark:
        return f"{target} {version('duckdb')}, in this process"
    require_engine(settings)
    from warehouse.spark.preflight import describe_spark  # noqa: PLC0415

    return f"{target}: {describe_spark(settings)}"


def require_engine(settings: Settings) -> None:
    """Raise WarehouseError with the cure where the engine is not installed; whether a cluster is up is not checked."""
    if settings.workspace.engine.is_spark:
        from warehouse.spark.preflight import require_spark  # noqa: PLC0415

        require_spark(settings.workspace.engine.target)


def spark_if_chosen(settings: Settings) -> "AbstractContextManager[SparkSession | None]":
    """A Spark session on the workspace's tables, or None where they are DuckDB's."""
    if not settings.workspace.engine.is_spark:
        return nullcontext()
    from warehouse.spark.session import spark_session  # noqa: PLC0415 - a DuckDB workspace imports nothing of Spark

    return spark_session(settings)
