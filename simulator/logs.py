"""The event feeds: errors, maintenance, failures, and the list of machines."""

import numpy as np
import pandas as pd

from simulator.cycles import Hidden
from simulator.physics import level
from simulator.spec import HOURS_A_YEAR, FleetSpec
from simulator.streams import stream

ERROR_RATE_POWER = 2  # of the degradation level
OLDEST_YEARS = 20


def machines_frame(spec: FleetSpec) -> pd.DataFrame:
    """One row a machine: machineID (1 to `machines`), model, age in whole years from 0 to OLDEST_YEARS."""
    rng = stream(spec.seed, "machines")
    model = rng.integers(len(spec.models), size=spec.machines)
    names = np.array([item.name for item in spec.models], dtype=object)
    age = rng.integers(OLDEST_YEARS + 1, size=spec.machines)
    return pd.DataFrame({"machineID": np.arange(1, spec.machines + 1), "model": names[model], "age": age})


def failures_frame(spec: FleetSpec, hidden: Hidden) -> pd.DataFrame:
    """One row a failure within the hours of the telemetry: datetime, machineID, failure (the component)."""
    lives = hidden.cycles
    return _events(spec, lives[lives["failed"] & lives["ended"].between(0, spec.last_hour)], "ended", "failure")


def maint_frame(spec: FleetSpec, hidden: Hidden) -> pd.DataFrame:
    """One row a replacement, planned or at a failure, also those before the telemetry: datetime, machineID, comp."""
    return _events(spec, hidden.cycles, "installed", "comp")


def errors_frame(spec: FleetSpec, hidden: Hidden) -> pd.DataFrame:
    """One row per hour, machine and error code within the telemetry's hours: datetime, machineID, errorID."""
    hour, machine, code = map(np.concatenate, zip(_noise(spec), _from_defects(spec, hidden), strict=True))
    inside = (hour >= 0) & (hour <= spec.last_hour)
    rows = pd.DataFrame({"hour": hour, "machine": machine, "code": code})[inside].drop_duplicates()
    names = np.array(spec.error_codes, dtype=object)
    out = pd.DataFrame({
        "datetime": spec.times(rows["hour"].to_numpy()), "machineID": rows["machine"].to_numpy() + 1,
        "errorID": names[rows["code"].to_numpy()],
    })  # fmt: skip
    return out.sort_values(["datetime", "machineID", "errorID"], ignore_index=True)


def _events(spec: FleetSpec, lives: pd.DataFrame, hour: str, column: str) -> pd.DataFrame:
    names = np.array([part.name for part in spec.components], dtype=object)
    out = pd.DataFrame({
        "datetime": spec.times(lives[hour].to_numpy()), "machineID": lives["machine"].to_numpy() + 1,
        column: names[lives["component"].to_numpy()],
    })  # fmt: skip
    return out.sort_values(["datetime", "machineID", column], ignore_index=True)


def _noise(spec: FleetSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hour, machine and code of errors that mean nothing, at one rate for every code."""
    rng = stream(spec.seed, "error noise")
    hours, codes = spec.last_hour + 1, len(spec.error_codes)
    rate = spec.physics.background_errors_per_year / HOURS_A_YEAR
    count = rng.poisson(rate * hours * spec.machines * codes)
    return rng.integers(hours, size=count), rng.integers(spec.machines, size=count), rng.integers(codes, size=count)


def _from_defects(spec: FleetSpec, hidden: Hidden) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hour, machine and code of the errors that visible defects cause, ever more often as they grow.

    The rate r * level^2 is integrated: the count is Poisson of r * T * level^3 / 3, each hour drawn by its inverse.
    """
    rng = stream(spec.seed, "defect errors")
    lives = hidden.cycles[(hidden.cycles["defect"] < hidden.cycles["ended"]) & ~hidden.cycles["silent"]]
    start = lives["defect"].to_numpy()
    lasted = lives["ended"].to_numpy() - start
    power = ERROR_RATE_POWER + 1
    rate = spec.strength * spec.physics.error_rate_at_median
    count = rng.poisson(rate * spec.physics.defect_median_hours * level(spec, lasted) ** power / power)
    fraction = rng.random(count.sum()) ** (1 / power)
    hour = np.repeat(start, count) + np.ceil(np.repeat(lasted, count) * fraction).astype(np.int64)
    index = [spec.error_codes.index(part.error) for part in spec.components]
    codes = np.array(index)[lives["component"].to_numpy()]
    return hour, np.repeat(lives["machine"].to_numpy(), count), np.repeat(codes, count)
