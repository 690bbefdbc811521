"""The night's scoring as a step where the big tables are Spark's; `ml.steps.score_nights` calls it."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from data.spark.session import spark_session
from data.spark.window import refresh_window
from data.warehouse import open_warehouse
from ml.night_log import night_of, write_nights
from ml.registry import registry
from ml.spark.prediction_log import write_predictions
from ml.spark.scoring import score_night
from settings import Settings


def score_nights_on_spark(settings: Settings, nights: Sequence[datetime]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `ml.steps.score_nights`. No night is written where one of them cannot be."""
    model, version = registry(settings).champion()
    with spark_session(settings) as session:
        scored = [score_night(session, as_of, model, version, settings) for as_of in nights]
        with open_warehouse(settings, read_only=True) as con:
            became = [night_of(con, *answered, version, settings) for answered in zip(nights, scored, strict=True)]
        for predictions in scored:
            write_predictions(session, predictions, settings.paths.lake)
        refresh_window(settings, session)
    with open_warehouse(settings) as con:
        return pd.concat(scored, ignore_index=True), write_nights(con, became)
