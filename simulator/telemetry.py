"""The hourly readings: healthy noise around each machine's own level, the drift of defects, and feed faults."""

import numpy as np
import pandas as pd

from simulator.cycles import Hidden
from simulator.physics import level
from simulator.spec import HOURS_A_DAY, FleetSpec
from simulator.streams import stream


def telemetry_frame(spec: FleetSpec, hidden: Hidden) -> pd.DataFrame:
    """Readings by datetime then machineID: datetime, machineID, one column a sensor (NaN where a reading is lost)."""
    hours = np.arange(spec.last_hour + 1)
    if spec.outage_day is not None:
        hours = hours[hours // HOURS_A_DAY != spec.outage_day]
    columns = {
        "datetime": np.repeat(spec.times(hours), spec.machines),
        "machineID": np.tile(np.arange(1, spec.machines + 1), hours.size),
    }
    shifts = fault_shift(spec, hidden)
    for index, sensor in enumerate(spec.sensors):
        readings = _healthy(spec, index)
        np.add.at(readings, shifts[sensor.name][:2], shifts[sensor.name][2])
        if spec.drift_day is not None and sensor.name == spec.drift_sensor:
            readings[spec.drift_day * HOURS_A_DAY :] += spec.drift_sd * sensor.sd
        readings[_lost(spec, sensor.name)] = np.nan
        columns[sensor.name] = np.round(readings[hours].ravel(), spec.decimals)
    return pd.DataFrame(columns, copy=False)


def fault_shift(spec: FleetSpec, hidden: Hidden) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each sensor the (hour, machine, shift in its unit) of every hour spent with a visible defect."""
    cycles = hidden.cycles[(hidden.cycles["defect"] <= spec.last_hour) & ~hidden.cycles["silent"]]
    start, end = cycles["defect"].to_numpy(), np.minimum(cycles["ended"].to_numpy(), spec.last_hour + 1)
    kept = end > np.maximum(start, 0)
    start, end, cycles = start[kept], end[kept], cycles[kept]
    length = end - start
    elapsed = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    hour = np.repeat(start, length) + elapsed
    machine = np.repeat(cycles["machine"].to_numpy(), length)
    component = np.repeat(cycles["component"].to_numpy(), length)
    drift = spec.strength * spec.physics.drift_sd_at_median * level(spec, elapsed)
    out = {}
    for sensor in spec.sensors:
        sign = np.array([part.direction * (part.sensor == sensor.name) for part in spec.components])[component]
        here = (sign != 0) & (hour >= 0)
        out[sensor.name] = hour[here], machine[here], (sign * drift * sensor.sd)[here]
    return out


def _healthy(spec: FleetSpec, index: int) -> np.ndarray:
    """Normal noise about each machine's own mean, shape [hours, machines]."""
    sensor = spec.sensors[index]
    rng = stream(spec.seed, f"readings {sensor.name}")
    offset = rng.standard_normal(spec.machines) * spec.physics.machine_offset_sd
    readings = rng.standard_normal((spec.last_hour + 1, spec.machines))
    readings += offset
    readings *= sensor.sd
    readings += sensor.mean
    return readings


def _lost(spec: FleetSpec, sensor: str) -> np.ndarray:
    """Which readings are missing, shape [hours, machines]: runs of geometric length from random first hours."""
    shape = (spec.last_hour + 1, spec.machines)
    if not spec.dropout_share:
        return np.zeros(shape, dtype=bool)
    rng = stream(spec.seed, f"dropout {sensor}")
    # Runs may overlap, hence the log: a cell stays with probability exp(-starts an hour * mean length).
    runs = rng.poisson(-np.log1p(-spec.dropout_share) / spec.dropout_run_hours * shape[0] * shape[1])
    first, machine = rng.integers(shape[0], size=runs), rng.integers(shape[1], size=runs)
    last = np.minimum(first + rng.geometric(1 / spec.dropout_run_hours, runs), shape[0])
    edges = np.zeros((shape[0] + 1, shape[1]), dtype=np.int32)
    np.add.at(edges, (first, machine), 1)
    np.add.at(edges, (last, machine), -1)
    return edges.cumsum(axis=0)[:-1] > 0
