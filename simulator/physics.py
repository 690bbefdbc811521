"""The survival laws shared by the simulation, which draws from them, and the oracle, which integrates them.

All durations are whole hours: an event drawn at 3.2 h happens at hour 4, so "after hour a" is exact at integer a.
"""

import numpy as np
import pandas as pd

from simulator.spec import HOURS_A_DAY, HOURS_A_YEAR, FleetSpec

MIDDLE_AGE_YEARS = 10
COMPONENTS_A_SHOCK = 2


def wear_scale(spec: FleetSpec, machines: pd.DataFrame) -> np.ndarray:
    """Weibull scale of the wear of each component, hours, shape [machines, components]."""
    endurance = machines["model"].map({model.name: model.endurance for model in spec.models}).to_numpy(float)
    older = machines["age"].to_numpy(float) - MIDDLE_AGE_YEARS
    by_machine = endurance * np.exp(-spec.physics.wear_per_year_of_age * older)
    by_part = np.array([part.wear_days for part in spec.components]) * HOURS_A_DAY
    return by_machine[:, None] * by_part[None, :]


def shock_rate(spec: FleetSpec) -> float:
    """Shocks an hour that strike one given component."""
    struck = min(COMPONENTS_A_SHOCK, len(spec.components)) / len(spec.components)
    return spec.physics.shocks_per_machine_year / HOURS_A_YEAR * struck


def sound_survival(spec: FleetSpec, age: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """P(no defect has begun by `age` hours after replacement), by wear or by shock; broadcasts."""
    return np.exp(-((age / scale) ** spec.physics.wear_shape) - shock_rate(spec) * age)


def level(spec: FleetSpec, hours: np.ndarray) -> np.ndarray:
    """Degradation `hours` after a defect began: 0 at its start, 1 when half of all defects have failed."""
    return np.asarray(hours) / spec.physics.defect_median_hours


def defect_survival(spec: FleetSpec, hours: np.ndarray) -> np.ndarray:
    """P(a defect has not failed `hours` after it began); the hazard is a power of the level."""
    return np.exp(-np.log(2) * level(spec, np.maximum(hours, 0)) ** spec.physics.defect_shape)


def draw_wear(spec: FleetSpec, scale: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hours of wear until a defect begins, int64 of at least 1, shape of `scale`."""
    return _whole(scale * rng.weibull(spec.physics.wear_shape, scale.shape))


def draw_defect_life(spec: FleetSpec, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Hours from the start of a defect to failure, int64 of at least 1."""
    exponent = rng.standard_exponential(shape) / np.log(2)
    return _whole(spec.physics.defect_median_hours * exponent ** (1 / spec.physics.defect_shape))


def _whole(hours: np.ndarray) -> np.ndarray:
    return np.maximum(np.ceil(np.minimum(hours, 1e9)), 1).astype(np.int64)
