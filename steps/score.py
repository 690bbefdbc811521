"""The night's steps as plain functions: open the warehouse, call the pure function, write, close.

The orchestrator's assets call these and nothing else; so can a notebook, a test or a cron line.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import pandas as pd

from ml.mart.load import count_failures, load_night
from ml.models.model import Model
from ml.models.version import ModelVersion
from ml.progress import CountedProgress, told, untold
from ml.registry.registry import registry
from ml.scoring.down import DownMachines, down_machines
from ml.scoring.from_normal import VERSION, answer_from_normal, columns_to_compare, why_no_model
from ml.scoring.night_status import night_of, write_nights
from ml.scoring.prediction_log import write_predictions
from ml.scoring.score import columns_to_score, score
from settings import Settings
from steps.clock import utc_now
from steps.compatibility import require_fit
from warehouse.connection import open_warehouse
from warehouse.tables import column_names

READS = ("feature_mart", "stg_telemetry", "outages", "fleet_clock")


def score_nights(
    settings: Settings, nights: Sequence[datetime], progress: CountedProgress = untold
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score each night of `nights` with the champion; returns its predictions and the nights' rows of `ml.nights`.

    Before there is a champion the nights are told by distance from normal. A night to which no telemetry came is
    entered as not scored. Raises NightNotReady for a night that lies within the data but not in the mart, NoChampion
    where the champion was trained under vars whose mart was another.
    """
    if settings.workspace.engine.is_spark:
        from steps.score_on_spark import score_nights_on_spark  # noqa: PLC0415 - DuckDB's users need none of it

        return score_nights_on_spark(settings, nights)
    champion = registry(settings).find_champion()
    version, columns, answer = _answering(champion, settings)
    scored, became = [], []
    with open_warehouse(settings) as con:
        if champion:
            require_fit(*champion, column_names(con, "feature_mart"), settings.fleet)
        for as_of in told(nights, "nights scored", progress):
            predictions = answer(load_night(con, as_of, columns), down_machines(con, as_of))
            why = "" if champion else why_no_model(count_failures(con, as_of), settings.fleet)
            became.append(night_of(con, as_of, predictions, version, settings, why))
            write_predictions(con, predictions)
            scored.append(predictions)
        predictions = pd.concat(scored, ignore_index=True) if len(scored) > 1 else scored[0]
        return predictions, write_nights(con, became)


def _answering(
    champion: tuple[Model, ModelVersion] | None, settings: Settings
) -> tuple[ModelVersion, list[str], Callable[[pd.DataFrame, DownMachines], pd.DataFrame]]:
    """Who answers, the mart's columns it reads, and how it answers a night's rows."""
    if champion is None:
        columns = columns_to_compare(settings.fleet, settings)
        return VERSION, columns, lambda rows, down: answer_from_normal(rows, settings, utc_now(), down)
    model, version = champion
    columns = columns_to_score(model, settings.fleet, settings.workspace.scoring)
    return version, columns, lambda rows, down: score(rows, model, version, settings, utc_now(), down)
