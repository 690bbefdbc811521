"""What was believed of a machine's readings at a moment, in plain Python, and what a window's values come to."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from settings import Fleet

OFF = "(off)"  # no sensor is called so
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Reading:
    """One report of a reading; `landed` orders reports, `values` are whole units of the last kept decimal.

    A sensor that the report says nothing plausible about is not among them; None takes a value back. `runs`: whether
    the machine ran, None where the report does not say.
    """

    at: datetime
    known: datetime
    landed: tuple[int, int]
    values: dict[str, int | None]
    runs: bool | None = None


Values = dict[datetime, int | None]  # of one sensor, by reading time
Believed = dict[str, Values]  # by sensor; as those of OFF the times at which the machine did not run


def current(as_of: datetime, readings: list[Reading]) -> Believed:
    """Of every sensor and reading time the value that was believed at `as_of`: the last one said by then."""
    believed: Believed = {}
    ran: dict[datetime, bool] = {}
    for reading in sorted(readings, key=lambda reading: (reading.known, reading.landed)):
        if reading.at <= as_of and reading.known <= as_of:
            for sensor, value in reading.values.items():
                believed.setdefault(sensor, {})[reading.at] = value
            if reading.runs is not None:
                ran[reading.at] = reading.runs
    off = {at for at, runs in ran.items() if not runs}
    kept = {
        sensor: {at: value for at, value in values.items() if at not in off} if off else values
        for sensor, values in believed.items()
    }
    return kept | {OFF: dict.fromkeys(off, 1)}


def within(values: Values, after: datetime, until: datetime) -> list[int]:
    return [value for at, value in values.items() if value is not None and after < at <= until]


def with_held(believed: Believed, as_of: datetime, fleet: Fleet) -> Believed:
    """Of a sensor on change what it said last, at each step of the baseline, in the place of its readings."""
    held = {sensor: known.on_change_hours for sensor, known in fleet.sensors.items() if known.on_change_hours}
    if not held:
        return believed
    step = timedelta(hours=fleet.telemetry_step_hours)
    first = as_of - timedelta(hours=fleet.baseline_hours)
    ticks = [EPOCH + step * n for n in range(-((EPOCH - first) // step), (as_of - EPOCH) // step + 1)]
    found = dict(believed)
    for sensor, hours in held.items():
        said: Values = {at: value for at, value in believed.get(sensor, {}).items() if value is not None}
        said |= dict.fromkeys(believed[OFF])
        found[sensor] = {}
        moments = sorted(said)
        for tick in ticks:
            before = bisect_right(moments, tick)
            at = moments[before - 1] if before else None
            if at and said[at] is not None and tick - at <= timedelta(hours=hours):
                found[sensor][tick] = said[at]
    return found


def mean_of(values: list[int], scale: int) -> float | None:
    return sum(values) / (len(values) * scale) if values else None


def sd_of(values: list[int], scale: int) -> float | None:
    """Sample standard deviation about the mean, in whole numbers up to the root."""
    n, total = len(values), sum(values)
    if n < 2:
        return None
    deviations = sum((n * value - total) ** 2 for value in values)
    return math.sqrt(deviations / (n * n * (n - 1))) / scale
