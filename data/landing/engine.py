"""Landing where the workspace's engine keeps its tables."""

from data.landing.run import Progress, land
from data.landing.summary import LandingSummary
from settings import Settings


def land_drops(settings: Settings, on_progress: Progress | None = None) -> LandingSummary:
    """Land every new file of the workspace's drops folder. Raises as `land`."""
    paths = settings.paths
    if settings.workspace.engine.is_spark:
        from data.spark.landing import land_on_spark  # noqa: PLC0415 - DuckDB pays nothing for Spark

        return land_on_spark(settings, on_progress)
    return land(paths.drops, paths.warehouse, settings.fleet, on_progress, settings.workspace.warehouse.wait_seconds)
