"""The night's publication, made while its pages are written: one waits for DuckDB and the disk, the other for Python.

It begins with the pages, which come after every table that it tells of (`PUBLISHED_MEANWHILE`), and reads by a
connection of its own; what has begun is awaited where it is due. Nothing of such a run writes to the warehouse
meanwhile.
"""

from dagster import AssetExecutionContext, AssetKey

from orchestration.assets.lineage import CHAMPION_KEY, LEADERBOARD_KEY, PUBLISHED_KEY, WRITTEN_BY
from orchestration.meanwhile import begin, begun
from settings import Settings
from steps.publish import PUBLISHED, publish_tables

BY_TRAININGS = (CHAMPION_KEY, LEADERBOARD_KEY)  # a run that makes one of them publishes where it is due
PUBLISHED_MEANWHILE = [table for table in PUBLISHED.values() if WRITTEN_BY.get(table) not in BY_TRAININGS]


def publish_meanwhile(context: AssetExecutionContext, settings: Settings) -> None:
    """Begin it, in a run that publishes and writes no more tables: in one that trains, it is made where it is due."""
    asked = context.job_def.asset_layer.selected_asset_keys
    if AssetKey(PUBLISHED_KEY) in asked and not {AssetKey(key) for key in BY_TRAININGS} & asked:
        begin((PUBLISHED_KEY, context.run_id), lambda: publish_tables(settings))


def published_meanwhile(context: AssetExecutionContext) -> list[str] | None:
    """The names published so; None where nothing was begun, or it failed: then the step does it, and says why."""
    names: list[str] | None = begun((PUBLISHED_KEY, context.run_id))
    return names
