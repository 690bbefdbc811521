"""When a new model is called for before its week is over, and why.

Drift alone must hold for several nights, or be borne out by answers that got worse; either way it must not be too
soon after the last training. All times are the fleet's own (nights, and the nights a model was judged on), never the
wall clock, so that history played again asks at the same nights.
"""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from settings import RetrainingSettings


def retraining_reason(
    nights: pd.DataFrame, last_trained_at: datetime | None, settings: RetrainingSettings
) -> str | None:
    """Why a new model is called for at the latest of `nights` (rows of `ml.drift_nights`), or None.

    Values that drifted on the last `sustained_nights` judged nights, or tonight with fallen quality; lost readings
    alone call for the feed, not for a model. Never within
    `cooldown_days` of `last_trained_at`, whether the gate let that model pass or not. Nights that were not judged say
    nothing: they neither count nor break a row. What was judged against another model is not looked at.
    """
    if nights.empty:
        return None
    ordered = nights.sort_values("as_of", ignore_index=True)
    tonight = ordered.iloc[-1]
    if last_trained_at is not None and tonight["as_of"] - last_trained_at < timedelta(days=settings.cooldown_days):
        return None
    if not (is_true(tonight["judged"]) and is_true(tonight["moved"])):
        return None
    same_model = ordered["model_version"] == tonight["model_version"]
    row = ordered[same_model & ordered["judged"].map(is_true)].tail(settings.sustained_nights)
    if len(row) == settings.sustained_nights and row["moved"].map(is_true).all():
        first, last = row["as_of"].iloc[0], tonight["as_of"]
        return f"drift on {len(row)} judged nights in a row, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    if is_true(tonight["quality_fallen"]):
        return (
            f"drift on {tonight['as_of']:%Y-%m-%d}, and average precision fell from {tonight['quality_at_gate']:.2f} "
            f"at the gate to {tonight['quality']:.2f} (at most {tonight['quality_high']:.2f})"
        )
    return None


def nights_in_a_row(nights: pd.DataFrame) -> int:
    """How many judged nights in a row, up to the last one of `nights`, have values that drifted for the model of that.

    `nights`: rows of `ml.drift_nights`, at least one.
    """
    ordered = nights.sort_values("as_of", ignore_index=True)
    same_model = ordered["model_version"] == ordered["model_version"].iloc[-1]
    moved = ordered.loc[same_model & ordered["judged"].map(is_true), "moved"].map(is_true)
    return int(moved[::-1].astype(bool).cumprod().sum())


def is_true(value: Any) -> bool:  # noqa: ANN401 - a cell of a frame
    """A flag that may be missing: nights judged by an older version lack some."""
    return not pd.isna(value) and bool(value)
