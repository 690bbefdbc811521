"""Reasons in words: the strongest contributions with the evidence behind them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ml.explain.contributions import Contribution, contributions, subject_of
from ml.models.model import Model
from settings import Fleet

HOURS_IN_WORDS_UP_TO = 72


def reasons(model: Model, frame: pd.DataFrame, fleet: Fleet, per_machine: int) -> list[str]:
    """Per row, the strongest contributions with their evidence, joined by '; ', each signed by the way it pulls."""
    told = []
    for ranked, (_, row) in zip(contributions(model, frame, fleet), frame.iterrows(), strict=True):
        chosen = [item for item in ranked if abs(item.weight) >= 0.05][:per_machine]
        told.append("; ".join(f"{'+' if c.weight > 0 else '-'} {evidence(c, row, fleet)}" for c in chosen))
    return told


def evidence_columns(features: Sequence[str], fleet: Fleet) -> list[str]:
    """The mart's columns that `evidence` may quote for a model of `features`, be they features or not."""
    windows = {_window_of(name, fleet) for name in features if subject_of(name, fleet) in fleet.sensors}
    sensors = [f"{sensor}_{stat}_{window}" for sensor in fleet.sensors for window in sorted(windows)
               for stat in ("mean", "sd", "shift")]  # fmt: skip
    codes = [f"{code}_hours_since" for code in fleet.error_codes]
    return ["model", "age", *sensors, *codes, *(f"{name}_hours_since_replacement" for name in fleet.components)]


def evidence(item: Contribution, row: "pd.Series[Any]", fleet: Fleet) -> str:
    """The subject's state at as_of in words and numbers."""
    if item.subject in fleet.sensors:
        return _sensor_words(item, row, fleet)
    if item.subject in fleet.error_codes:
        return _ago(item.subject, row, f"{item.subject}_hours_since", "not on record")
    if item.subject in fleet.components:
        return _ago(f"{item.subject} replaced", row, f"{item.subject}_hours_since_replacement", "date unknown")
    if item.subject == "errors":
        window = item.feature.removeprefix("errors_count_").removesuffix("h")
        count = _whole(row[item.feature])
        return f"{count} {'error' if count == '1' else 'errors'} of any kind in {window} h"
    return f"{row['model']}, {_whole(row['age'])} years old"


def _sensor_words(item: Contribution, row: "pd.Series[Any]", fleet: Fleet) -> str:
    sensor, unit = item.subject, fleet.sensors[item.subject].unit
    window = _window_of(item.feature, fleet)
    mean, shift = _number(row, f"{sensor}_mean_{window}"), _number(row, f"{sensor}_shift_{window}")
    hours = f"{window.removesuffix('h')} h"
    if mean is None:
        return f"{sensor} has no reading in {hours}"
    words = f"{sensor} {hours} mean {mean:.1f} {unit}".rstrip()
    spread = _number(row, f"{sensor}_sd_{window}")
    if "_sd_" in item.feature and spread is not None:
        words += f", sd {spread:.1f}"
    if shift is None:
        return words
    return f"{words}, {abs(shift):.1f} sd {'above' if shift >= 0 else 'below'} its baseline"


def _window_of(feature: str, fleet: Fleet) -> str:
    """The window that a sensor's feature speaks of; the longest for one that has none."""
    window = feature.rsplit("_", 1)[-1]
    return window if window.endswith("h") else f"{max(fleet.windows_hours)}h"


def _ago(subject: str, row: "pd.Series[Any]", column: str, absent: str) -> str:
    hours = _number(row, column)
    if hours is None:
        return f"{subject}: {absent}"
    if hours < 1:
        return f"{subject} less than 1 h ago"
    return f"{subject} {hours:.0f} h ago" if hours <= HOURS_IN_WORDS_UP_TO else f"{subject} {hours / 24:.0f} days ago"


def _number(row: "pd.Series[Any]", column: str) -> float | None:
    value = row.get(column)
    if value is None or pd.isna(value):
        return None
    return float(value)


def _whole(value: Any) -> str:
    return "?" if value is None or pd.isna(value) else f"{float(value):.0f}"
