"""The night's steps as plain functions: open the warehouse, call the pure function, write, close.

The orchestrator's assets call these and nothing else; so can a notebook, a test or a cron line.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from data.warehouse import open_warehouse
from ml.mart import load_night
from ml.night_log import night_of, write_nights
from ml.night_page import morning_page
from ml.night_reports import report_name, write_report
from ml.prediction_log import write_predictions
from ml.publish import publish
from ml.registry import registry
from ml.score import columns_to_score, score
from ml.tables import relations
from settings import Settings

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
    "prediction_log": "ml.prediction_log",
    "leaderboard": "ml.leaderboard",
    "promotions": "ml.promotions",
    "cost_sensitivity": "ml.cost_sensitivity",
    "drift": "ml.drift",
    "nights": "ml.nights",
    "drift_nights": "ml.drift_nights",
}


def score_nights(settings: Settings, nights: Sequence[datetime]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score each night of `nights` with the champion; returns its predictions and the nights' rows of `ml.nights`.

    A night to which no telemetry came is entered as not scored. Raises NightNotReady for a night that lies within the
    data but not in the mart, NoChampion where nothing was trained.
    """
    if settings.workspace.engine.is_spark:
        from ml.spark.steps import score_nights_on_spark  # noqa: PLC0415 - DuckDB's users need none of it

        return score_nights_on_spark(settings, nights)
    model, version = registry(settings).champion()
    scored, became = [], []
    with open_warehouse(settings) as con:
        for as_of in nights:
            rows = load_night(con, as_of, columns_to_score(model, settings))
            predictions = score(rows, model, version, settings)
            became.append(night_of(con, as_of, predictions, version, settings))
            write_predictions(con, predictions)
            scored.append(predictions)
        predictions = pd.concat(scored, ignore_index=True) if len(scored) > 1 else scored[0]
        return predictions, write_nights(con, became)


def write_morning_page(settings: Settings, as_of: datetime) -> Path:
    """Write the shift lead's page of a night, as that night knew it; also of one that could not be scored."""
    with open_warehouse(settings, read_only=True) as con:
        html = morning_page(con, as_of, settings)
    return write_report(settings.paths.report_dir, report_name("morning", as_of), html)


def publish_tables(settings: Settings) -> list[str]:
    """Publish what readers may open, all of it or nothing."""
    with open_warehouse(settings, read_only=True) as con:
        known = relations(con)
        made = {name: table for name, table in PUBLISHED.items() if "." not in table or table in known}
        return publish(con, settings.paths.published, made, settings.workspace.housekeeping.keep_snapshots)
