"""One night's verdict: do the last nights look like the champion's training data, and is it as good as it was."""

from datetime import datetime

import pandas as pd

from ml.models.model import Model
from ml.monitoring.drift import DriftVerdict, judge_drift
from ml.monitoring.drift_rows import DriftRows, judged_columns
from ml.monitoring.live_quality import Quality
from settings import DriftSettings, Fleet


def night_drift(rows: DriftRows, model: Model, as_of: datetime, fleet: Fleet, limits: DriftSettings) -> DriftVerdict:
    """Judge the last `current_nights` nights up to `as_of` against the nights the model was trained on.

    The same rows and model give the same verdict, whenever and beside whatever other nights it is asked for.
    """
    kinds = judged_columns(model, fleet, rows.readings)
    reference, current = rows.windows(as_of, limits.current_nights)
    return judge_drift(reference, current, list(kinds), limits, as_of=as_of, kinds=kinds)


def night_row(verdict: DriftVerdict, quality: Quality, model_version: str) -> pd.DataFrame:
    """The night's one row of `ml.drift_nights`."""
    drifted = verdict.drifted_columns
    row = {
        "as_of": verdict.as_of,
        "judged": verdict.judged,
        "drifted": bool(drifted),
        "moved": verdict.moved,
        "columns_drifted": len(drifted),
        "summary": f"{verdict.summary} {quality.summary}".strip() if quality.fallen else verdict.summary,
        "model_version": model_version,
        "quality": quality.average_precision,
        "quality_low": quality.low,
        "quality_high": quality.high,
        "quality_at_gate": quality.at_gate,
        "quality_rows": quality.rows,
        "quality_positives": quality.positives,
        "quality_judged": quality.judged,
        "quality_fallen": quality.fallen,
    }
    return pd.DataFrame([row])
