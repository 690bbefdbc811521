"""The night's steps as plain functions: open the warehouse, call the pure function, write, close.

The orchestrator's assets call these and nothing else; so can a notebook, a test or a cron line.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from data.warehouse import open_warehouse
from ml.mart import load_mart
from ml.night_reports import morning_page, night_drift, report_name, write_report
from ml.nights import require_rows
from ml.prediction_log import write_predictions
from ml.publish import publish
from ml.registry import registry
from ml.score import score
from ml.tables import replace_rows
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
}


def score_nights(settings: Settings, nights: Sequence[datetime]) -> pd.DataFrame:
    """Score each night of `nights` with the champion and write its predictions; returns them.

    Raises NightNotReady for a night that the mart does not reach, NoChampion where nothing was trained.
    """
    model, version = registry(settings).champion()
    scored = []
    with open_warehouse(settings) as con:
        require_rows(con, nights)
        for as_of in nights:
            rows = load_mart(con, as_of - timedelta(microseconds=1), as_of)
            predictions = score(rows, model, version, settings)
            write_predictions(con, predictions)
            scored.append(predictions)
    return pd.concat(scored, ignore_index=True)


def report_drift(settings: Settings, as_of: datetime) -> tuple[Path, str, int]:
    """Judge a night's drift, write its report and its rows of `ml.drift`; returns path, sentence, columns drifted."""
    model, version = registry(settings).champion()
    with open_warehouse(settings) as con:
        verdict = night_drift(con, model, as_of, settings)
        night = pd.DataFrame([{"as_of": as_of, "summary": verdict.summary, "model_version": version.version}])
        replace_rows(con, "ml.drift", verdict.table, "as_of = ?", (as_of,))
        replace_rows(con, "ml.drift_nights", night, "as_of = ?", (as_of,))
    path = write_report(settings.paths.report_dir, report_name("drift", as_of), verdict.html)
    return path, verdict.summary, len(verdict.drifted_columns)


def write_morning_page(settings: Settings, as_of: datetime) -> Path:
    """Write the shift lead's page of a night."""
    with open_warehouse(settings, read_only=True) as con:
        html = morning_page(con, as_of, settings, registry(settings).warnings())
    return write_report(settings.paths.report_dir, report_name("morning", as_of), html)


def publish_tables(settings: Settings) -> list[str]:
    """Publish what readers may open, all of it or nothing."""
    with open_warehouse(settings, read_only=True) as con:
        known = {
            row[0] for row in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        }
        made = {name: table for name, table in PUBLISHED.items() if "." not in table or table in known}
        return publish(con, settings.paths.published, made, settings.workspace.housekeeping.keep_snapshots)
