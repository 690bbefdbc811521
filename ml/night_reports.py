"""The drift of a night, and how a night's pages are named and written."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ml.drift import DriftVerdict, judge_drift
from ml.mart import ANY, load_mart
from ml.model import Model
from settings import Settings

PREDICTION = "failure_probability"


def night_drift(con: duckdb.DuckDBPyConnection, model: Model, as_of: datetime, settings: Settings) -> DriftVerdict:
    """Judge the last `drift.current_nights` nights up to `as_of` against the nights the model was trained on."""
    hour, drift = settings.fleet.scoring_hour, settings.workspace.drift
    current_start = as_of - timedelta(days=drift.current_nights)
    known = min(model.cutoff, current_start)
    # A machine's first days lack a full baseline; they are history's beginning, not the fleet's normal state.
    warm = datetime.fromisoformat(model.card.trained_from) + timedelta(hours=settings.fleet.baseline_hours)
    reference = load_mart(con, warm, known, hour=hour)
    current = load_mart(con, current_start, as_of, hour=hour)
    for rows in (reference, current):
        rows[PREDICTION] = model.probabilities(rows)[ANY] if len(rows) else pd.Series(dtype="float64")
    columns = [*model.card.features, PREDICTION]
    return judge_drift(reference, current, columns, drift, as_of=as_of, kinds={PREDICTION: "prediction"})


def report_name(kind: str, as_of: datetime) -> str:
    """The file name of a night's report."""
    return f"{kind}_{as_of:%Y-%m-%d}.html"


def write_report(folder: Path, name: str, html: str) -> Path:
    """Write a page so that nobody ever opens half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{name}.partial"
    partial.write_text(html, encoding="utf-8")
    return partial.replace(folder / name)
