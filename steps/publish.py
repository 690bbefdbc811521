"""Publishing as a step: what readers may open."""

from delivery.publishing.snapshots import publish
from settings import Settings
from warehouse.connection import open_warehouse
from warehouse.tables import relations

PUBLISHED = {
    name: name
    for name in (
        "predictions",
        "failure_outcomes",
        "alert_episodes",
        "model_performance",
        "fleet_risk_today",
        "feature_mart",
    )
} | {
    "machines": "stg_machines",
    "errors": "stg_errors",
    "replacements": "stg_replacements",
    "outages": "outages",
    "landed_files": "raw.landed_files",
    "prediction_log": "ml.prediction_log",
    "leaderboard": "ml.leaderboard",
    "promotions": "ml.promotions",
    "cost_sensitivity": "ml.cost_sensitivity",
    "drift": "ml.drift",
    "nights": "ml.nights",
    "drift_nights": "ml.drift_nights",
    "data_quality": "ml.data_quality",
}
GROWING = ("predictions", "prediction_log", "feature_mart")  # a folder of Parquet each, a file a month
PARQUET_ONLY = ("feature_mart",)  # as wide as it is long: in Parquet alone, for the DuckDB file is written every night


def publish_tables(settings: Settings) -> list[str]:
    """Publish what readers may open, all of it or nothing."""
    with open_warehouse(settings, read_only=True) as con:
        known = relations(con)
        made = {name: table for name, table in PUBLISHED.items() if "." not in table or table in known}
        keep = settings.workspace.housekeeping.keep_snapshots
        return publish(con, settings.paths.published, made, keep, GROWING, PARQUET_ONLY)
