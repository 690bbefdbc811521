"""Which asset makes which table, so that an asset's deps follow from the tables that its step reads."""

from collections.abc import Iterable

from dagster import AssetKey

CHAMPION_KEY = ["ml", "champion"]
LEADERBOARD_KEY = ["ml", "leaderboard"]
LOG_KEY = ["ml", "prediction_log"]
LANDED_KEY = ["raw", "landed_files"]
DRIFT_KEY = ["ml", "drift"]
QUALITY_KEY = ["ml", "data_quality"]
PAGE_KEY = ["reports", "morning_page"]
PUBLISHED_KEY = "published"
NOTICES_KEY = ["ml", "notices"]
SENT_KEY = ["ml", "notices_sent"]
METRICS_KEY = ["metrics"]
# The assets of a night in their order: the ones that have a partition each night.
NIGHT_ASSETS = (LOG_KEY, QUALITY_KEY, DRIFT_KEY, PAGE_KEY, NOTICES_KEY, SENT_KEY, METRICS_KEY)
# The tables that Python writes, by the asset whose step writes them; every other table is a dbt model.
WRITTEN_BY = {
    "raw.landed_files": LANDED_KEY,
    "ml.promotions": CHAMPION_KEY,
    "ml.leaderboard": LEADERBOARD_KEY,
    "ml.cost_sensitivity": LEADERBOARD_KEY,
    "ml.prediction_log": LOG_KEY,
    "ml.nights": LOG_KEY,
    "ml.drift": DRIFT_KEY,
    "ml.drift_nights": DRIFT_KEY,
    "ml.data_quality": QUALITY_KEY,
}


def assets_of(tables: Iterable[str], *others: list[str]) -> list[AssetKey]:
    """The assets that make `tables` (schema.name, or the bare name of a dbt model), and `others`, each once."""
    made = [WRITTEN_BY[table] if "." in table else [table] for table in tables]
    return [AssetKey(list(path)) for path in sorted({tuple(path) for path in [*made, *others]})]


def before(key: list[str]) -> tuple[list[str], ...]:
    """The assets of a night that come before `key`; each of them must be among the deps of `key`.

    A backfill follows the nights along deps alone. The models between scoring and the pages have none, so what is
    reached only past them would be left out without a word.
    """
    return NIGHT_ASSETS[: NIGHT_ASSETS.index(key)]
