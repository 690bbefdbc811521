"""The naive rules on the same leaderboard as the model: one column or one stated formula each, and no training."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.mart.feature_names import ERRORS, feature_name, nearest_window, replacement_clock
from ml.models.from_normal import distance_from_normal
from settings import Fleet

Scores = NDArray[np.float64]
Rule = Callable[[pd.DataFrame, Fleet], Scores]


def any_error_24h(rows: pd.DataFrame, fleet: Fleet) -> Scores:
    """How many errors the machine logged in the window nearest to 24 h."""
    return rows[feature_name(ERRORS, "count", nearest_window(fleet))].to_numpy(dtype="float64")


def oldest_component(rows: pd.DataFrame, fleet: Fleet) -> Scores:
    """Hours since the component replaced longest ago was replaced."""
    ages = rows[[replacement_clock(component) for component in fleet.components]]
    return ages.max(axis=1).fillna(0).to_numpy(dtype="float64")


def sensor_shift(rows: pd.DataFrame, fleet: Fleet) -> Scores:
    """The farthest that any gauge's recent level stands from the machine's own baseline, in its sd."""
    shifts = rows[[feature_name(sensor, "shift", nearest_window(fleet)) for sensor in fleet.sensors_of("gauge")]]
    return shifts.abs().max(axis=1).fillna(0).to_numpy(dtype="float64")


def base_rate(rows: pd.DataFrame, fleet: Fleet) -> Scores:
    """Every machine alike."""
    return np.zeros(len(rows))


RULES: dict[str, Rule] = {
    "rule:any_error_24h": any_error_24h,
    "rule:oldest_component": oldest_component,
    "rule:sensor_shift": sensor_shift,
    "rule:distance_from_normal": distance_from_normal,  # what mornings go by before there is a model
    "base_rate": base_rate,
}
