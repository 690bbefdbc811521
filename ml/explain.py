"""Why a machine stands where it stands: SHAP contributions grouped by the physical thing they speak of, in words.

Every number in a reason is a column of the mart's row, so that SQL can check it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from catboost import Pool
from numpy.typing import NDArray

from ml.blend import UNION_SHARE, union_shares
from ml.mart import ANY, model_inputs
from ml.model import Model
from settings import Fleet

HOURS_IN_WORDS_UP_TO = 72


@dataclass(frozen=True)
class Contribution:
    """What one physical subject adds to the log-odds, and its feature that adds most."""

    subject: str
    feature: str
    weight: float


def contributions(model: Model, frame: pd.DataFrame, fleet: Fleet) -> list[list[Contribution]]:
    """Per row of `frame`, the subjects by falling size of their summed SHAP values (log-odds of any failure)."""
    values = _shap(model, frame)
    names = model.card.features
    subjects = [subject_of(name, fleet) for name in names]
    groups = {subject: [i for i, s in enumerate(subjects) if s == subject] for subject in dict.fromkeys(subjects)}
    return [_grouped(row, groups, names) for row in values]


def reasons(model: Model, frame: pd.DataFrame, fleet: Fleet, per_machine: int) -> list[str]:
    """Per row, the strongest contributions with their evidence, joined by '; ', each signed by the way it pulls."""
    told = []
    for ranked, (_, row) in zip(contributions(model, frame, fleet), frame.iterrows(), strict=True):
        chosen = [item for item in ranked if abs(item.weight) >= 0.05][:per_machine]
        told.append("; ".join(f"{'+' if c.weight > 0 else '-'} {evidence(c, row, fleet)}" for c in chosen))
    return told


def subject_of(feature: str, fleet: Fleet) -> str:
    """The sensor, error code or component that a feature speaks of; `machine` for model and age."""
    subjects = [*fleet.sensors, "errors", *fleet.error_codes, *fleet.components]
    found = [subject for subject in subjects if feature.startswith(f"{subject}_")]
    return max(found, key=len) if found else "machine"


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


def _shap(model: Model, frame: pd.DataFrame) -> NDArray[np.float64]:
    """SHAP values of the blended log-odds, shape (rows, features).

    The blend mixes the model of any failure with the union of the components; to first order each component's trees
    count by its share of the union's probability.
    """
    inputs = model_inputs(frame, model.card.features, model.card.categorical)
    pool = Pool(inputs, cat_features=list(model.card.categorical))
    values = {
        target: np.asarray(booster.get_feature_importance(pool, type="ShapValues"))
        for target, booster in model.boosters.items()
    }
    shares = union_shares(pd.DataFrame({target: v.sum(axis=1) for target, v in values.items() if target != ANY}))
    if shares.empty:
        return values[ANY][:, :-1]
    parts = sum(values[target][:, :-1] * shares[[target]].to_numpy() for target in shares.columns)
    return np.asarray((1 - UNION_SHARE) * values[ANY][:, :-1] + UNION_SHARE * parts)


def _grouped(row: NDArray[np.float64], groups: Mapping[str, Sequence[int]], names: Sequence[str]) -> list[Contribution]:
    found = []
    for subject, positions in groups.items():
        weight = float(row[list(positions)].sum())
        strongest = max(positions, key=lambda i: row[i] * math.copysign(1, weight))
        found.append(Contribution(subject, names[strongest], weight))
    return sorted(found, key=lambda item: -abs(item.weight))
