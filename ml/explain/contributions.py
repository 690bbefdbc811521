"""Why a machine stands where it stands: SHAP contributions grouped by the physical thing they speak of, in words.

Every number in a reason is a column of the mart's row, so that SQL can check it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from catboost import Pool
from numpy.typing import NDArray

from ml.mart.columns import model_inputs
from ml.mart.feature_names import parse_feature
from ml.models.model import Model
from ml.models.risk_blend import blend_parts
from settings import Fleet

MACHINE = "machine"


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


def subject_of(feature: str, fleet: Fleet) -> str:
    """The sensor, error code or component that a feature speaks of; `machine` for model and age."""
    said = parse_feature(feature, fleet)
    return said.subject if said else MACHINE


def _shap(model: Model, frame: pd.DataFrame) -> NDArray[np.float64]:
    """SHAP values of the blended log-odds, shape (rows, features)."""
    inputs = model_inputs(frame, model.card.features, model.card.categorical)
    pool = Pool(inputs, cat_features=list(model.card.categorical))
    values = {
        target: np.asarray(booster.get_feature_importance(pool, type="ShapValues"))
        for target, booster in model.boosters.items()
    }
    log_odds = pd.DataFrame({target: of.sum(axis=1) for target, of in values.items()})  # the last is the expectation
    return blend_parts({target: of[:, :-1] for target, of in values.items()}, log_odds)


def _grouped(row: NDArray[np.float64], groups: Mapping[str, Sequence[int]], names: Sequence[str]) -> list[Contribution]:
    found = []
    for subject, positions in groups.items():
        weight = float(row[list(positions)].sum())
        strongest = max(positions, key=lambda i: row[i] * math.copysign(1, weight))
        found.append(Contribution(subject, names[strongest], weight))
    return sorted(found, key=lambda item: -abs(item.weight))
