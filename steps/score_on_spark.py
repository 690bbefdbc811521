"""The night's scoring as a step where the big tables are Spark's; `steps.score.score_nights` calls it."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from ml.mart.load import count_failures
from ml.registry.registry import registry
from ml.scoring.down import down_machines
from ml.scoring.from_normal import VERSION, why_no_model
from ml.scoring.night_status import night_of, write_nights
from ml.spark import LAKE_MART
from ml.spark.prediction_log import write_predictions
from ml.spark.scoring import compare_night, score_night
from ml.spark.shipping import ship
from settings import Settings
from steps.clock import utc_now
from steps.compatibility import require_fit
from warehouse.connection import open_warehouse
from warehouse.spark.duckdb_views import refresh_views
from warehouse.spark.session import spark_session


def score_nights_on_spark(settings: Settings, nights: Sequence[datetime]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `steps.score.score_nights`. No night is written where one of them cannot be."""
    models = registry(settings)
    champion = models.find_champion()
    version = champion[1] if champion else VERSION
    with spark_session(settings) as session:
        with open_warehouse(settings, read_only=True) as con:
            down = [down_machines(con, as_of) for as_of in nights]
        if champion:
            model = champion[0]
            require_fit(model, version, session.table(LAKE_MART).columns, settings.fleet)
            with tempfile.TemporaryDirectory() as folder:
                bundle = ship(session, models.runs.bundle_of(models.runs.run_id(version), Path(folder)))
            scored = [
                score_night(session, as_of, model, bundle, version, settings, utc_now(), out_of_order)
                for as_of, out_of_order in zip(nights, down, strict=True)
            ]
        else:
            scored = [
                compare_night(session, as_of, settings, utc_now(), out_of_order)
                for as_of, out_of_order in zip(nights, down, strict=True)
            ]
        with open_warehouse(settings, read_only=True) as con:
            became = [
                night_of(con, as_of, predictions, version, settings, why)
                for as_of, predictions in zip(nights, scored, strict=True)
                for why in ["" if champion else why_no_model(count_failures(con, as_of), settings.fleet)]
            ]
        for predictions in scored:
            write_predictions(session, predictions, settings.paths.lake)
        refresh_views(settings, session)
    with open_warehouse(settings) as con:
        return pd.concat(scored, ignore_index=True), write_nights(con, became)
