"""The night's steps as plain functions: open the warehouse, call the pure function, write, close.

The orchestrator's assets call these and nothing else; so can a notebook, a test or a cron line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from data.warehouse import connect
from ml.fingerprint import training_fingerprint
from ml.leaderboard import leaderboard
from ml.mart import load_mart, mart_columns
from ml.model import Model
from ml.night_reports import morning_page, night_drift, report_name, write_report
from ml.nights import fleet_clock, require_rows
from ml.prediction_log import write_predictions
from ml.publish import publish
from ml.registry import CHAMPION, Registry
from ml.score import ModelVersion, score
from ml.tables import replace_rows
from ml.train import Trained, train
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
} | {"prediction_log": "ml.prediction_log", "leaderboard": "ml.leaderboard", "drift": "ml.drift"}


@dataclass(frozen=True)
class TrainedVersion:
    """The champion after a training; `trained` is None where the champion was made from these very rows already."""

    version: ModelVersion
    model: Model
    trained: Trained | None


def registry(settings: Settings) -> Registry:
    return Registry(settings.paths, settings.workspace.mlflow)


def train_champion(settings: Settings, known_until: datetime | None = None) -> TrainedVersion:
    """Train on what was known at `known_until` (default: all that has landed), register, and make it champion.

    The same rows and settings would give the same model: then the champion stays and nothing is trained.
    """
    with connect(settings.paths.warehouse, read_only=True) as con:
        columns = mart_columns(con, settings.fleet)
        known = known_until or fleet_clock(con).known_until
        reach = settings.workspace.training
        days = reach.history_days + reach.validation_nights + 3 * settings.fleet.horizon_hours / 24 + 1
        mart = load_mart(con, known - timedelta(days=days), known, mature_only=True)
    models = registry(settings)
    champion = models.find_champion()
    if champion and champion[0].card.fingerprint == training_fingerprint(mart, columns, settings, known):
        return TrainedVersion(champion[1], champion[0], None)
    trained = train(mart, columns, settings, known)
    version = models.register(trained, settings)
    models.promote(version)
    return TrainedVersion(version, trained.model, trained)


def score_nights(settings: Settings, nights: Sequence[datetime]) -> pd.DataFrame:
    """Score each night of `nights` with the champion and write its predictions; returns them.

    Raises NightNotReady for a night that the mart does not reach, NoChampion where nothing was trained.
    """
    model, version = registry(settings).champion()
    scored = []
    with connect(settings.paths.warehouse) as con:
        require_rows(con, nights)
        for as_of in nights:
            rows = load_mart(con, as_of - timedelta(microseconds=1), as_of)
            predictions = score(rows, model, version, settings)
            write_predictions(con, predictions)
            scored.append(predictions)
    return pd.concat(scored, ignore_index=True)


def judge_leaderboard(settings: Settings) -> pd.DataFrame:
    """Rank the champion and the rules on the scored nights after its training whose labels are mature."""
    model, version = registry(settings).champion()
    known = datetime.fromisoformat(model.card.known_until)
    hour = settings.fleet.scoring_hour
    with connect(settings.paths.warehouse) as con:
        last = fleet_clock(con).known_until
        held_out = load_mart(con, known - timedelta(microseconds=1), last, mature_only=True, hour=hour)
        trained_from = datetime.fromisoformat(model.card.trained_from)
        history = load_mart(
            con, trained_from, known - timedelta(hours=model.card.horizon_hours), mature_only=True, hour=hour
        )
        board = leaderboard(held_out, history, {CHAMPION: model}, settings)
        board.insert(2, "model_version", version.version)
        replace_rows(con, "ml.leaderboard", board)
    champion = board[board["contender"] == CHAMPION].iloc[0]
    figures = {
        f"held_out_{name}": float(champion[name]) for name in ("average_precision", "precision", "recall", "rows")
    }
    registry(settings).log_figures(version, {name: value for name, value in figures.items() if pd.notna(value)})
    return board


def report_drift(settings: Settings, as_of: datetime) -> tuple[Path, str, int]:
    """Judge a night's drift, write its report and its rows of `ml.drift`; returns path, sentence, columns drifted."""
    model, version = registry(settings).champion()
    with connect(settings.paths.warehouse) as con:
        verdict = night_drift(con, model, as_of, settings)
        night = pd.DataFrame([{"as_of": as_of, "summary": verdict.summary, "model_version": version.version}])
        replace_rows(con, "ml.drift", verdict.table, "as_of = ?", (as_of,))
        replace_rows(con, "ml.drift_nights", night, "as_of = ?", (as_of,))
    path = write_report(settings.paths.report_dir, report_name("drift", as_of), verdict.html)
    return path, verdict.summary, len(verdict.drifted_columns)


def write_morning_page(settings: Settings, as_of: datetime) -> Path:
    """Write the shift lead's page of a night."""
    with connect(settings.paths.warehouse, read_only=True) as con:
        html = morning_page(con, as_of, settings, [])
    return write_report(settings.paths.report_dir, report_name("morning", as_of), html)


def publish_tables(settings: Settings) -> list[str]:
    """Publish what readers may open, all of it or nothing."""
    with connect(settings.paths.warehouse, read_only=True) as con:
        return publish(con, settings.paths.published, PUBLISHED)
