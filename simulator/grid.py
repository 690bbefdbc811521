"""The rows that probabilities and outcomes share: one row per machine and as_of."""

import numpy as np
import pandas as pd

from simulator.spec import FleetSpec


def as_hours(spec: FleetSpec, as_of: np.ndarray, horizon_hours: int) -> tuple[np.ndarray, np.ndarray]:
    """as_of as datetime64[s] and as hours since the start, both of shape [as_of]; ValueError if unusable."""
    times = np.atleast_1d(np.asarray(as_of)).astype("datetime64[s]")
    hours = spec.hours(times)
    if horizon_hours < 1:
        raise ValueError(f"horizon_hours = {horizon_hours!r} cannot be used; give 1 or more.")
    if not hours.size or hours.min() < 0 or hours.max() > spec.last_hour:
        first, last = spec.times(np.array([0, spec.last_hour]))
        raise ValueError(f"as_of must hold times within the telemetry; give times from {first} to {last}.")
    return times, hours


def grid_frame(
    spec: FleetSpec, times: np.ndarray, by_part: np.ndarray, suffix: str, *, whole: np.ndarray, name: str
) -> pd.DataFrame:
    """One row per as_of and machine, by as_of then machine: machine_id, as_of, then the given values.

    `by_part`, shape [as_of * machines, components], gives the columns <component>_<suffix>, `whole` the column `name`.
    """
    columns = {
        "machine_id": np.tile(np.arange(1, spec.machines + 1), times.size),
        "as_of": np.repeat(times, spec.machines),
    }
    columns |= {f"{part.name}_{suffix}": by_part[:, i] for i, part in enumerate(spec.components)}
    return pd.DataFrame(columns | {name: whole})
