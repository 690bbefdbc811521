"""The night's steps as plain functions: open the warehouse, call the pure function, write, close.

The orchestrator's assets call these and nothing else; so can a notebook, a test or a cron line.
"""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from ml.mart.load import load_night
from ml.registry.registry import registry
from ml.scoring.night_status import night_of, write_nights
from ml.scoring.prediction_log import write_predictions
from ml.scoring.score import columns_to_score, score
from settings import Settings
from steps.clock import utc_now
from warehouse.connection import open_warehouse

READS = ("feature_mart", "stg_telemetry", "fleet_clock")


def score_nights(settings: Settings, nights: Sequence[datetime]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score each night of `nights` with the champion; returns its predictions and the nights' rows of `ml.nights`.

    A night to which no telemetry came is entered as not scored. Raises NightNotReady for a night that lies within the
    data but not in the mart, NoChampion where nothing was trained.
    """
    if settings.workspace.engine.is_spark:
        from steps.score_on_spark import score_nights_on_spark  # noqa: PLC0415 - DuckDB's users need none of it

        return score_nights_on_spark(settings, nights)
    model, version = registry(settings).champion()
    scoring = settings.workspace.scoring
    scored, became = [], []
    with open_warehouse(settings) as con:
        for as_of in nights:
            rows = load_night(con, as_of, columns_to_score(model, settings.fleet, scoring))
            predictions = score(rows, model, version, settings, utc_now())
            became.append(night_of(con, as_of, predictions, version, settings))
            write_predictions(con, predictions)
            scored.append(predictions)
        predictions = pd.concat(scored, ignore_index=True) if len(scored) > 1 else scored[0]
        return predictions, write_nights(con, became)
