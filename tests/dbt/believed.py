"""What was believed of a machine's readings at a moment, in plain Python, and what a window's values come to."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from settings import Fleet

RUNS, OFF = "(runs)", "(off)"  # no sensor is called so
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


Believed = dict[tuple[datetime, str], int | None]


def current(as_of: datetime, readings: list[Reading]) -> Believed:
    """Of every reading time and sensor the value that was believed at `as_of`: the last one said by then."""
    believed: Believed = {}
    for reading in sorted(readings, key=lambda reading: (reading.known, reading.landed)):
        if reading.at <= as_of and reading.known <= as_of:
            believed.update({(reading.at, sensor): value for sensor, value in reading.values.items()})
            if reading.runs is not None:
                believed[reading.at, RUNS] = int(reading.runs)
    off = {at for (at, what), value in believed.items() if what == RUNS and not value}
    kept = {key: value for key, value in believed.items() if key[0] not in off and key[1] != RUNS}
    return kept | {(at, OFF): 1 for at in off}


def of_sensor(believed: Believed, sensor: str) -> Believed:
    return {key: value for key, value in believed.items() if key[1] == sensor}


def within(believed: Believed, sensor: str, after: datetime, until: datetime) -> list[int]:
    values = [value for (at, of), value in believed.items() if of == sensor and after < at <= until]
    return [value for value in values if value is not None]


def with_held(believed: Believed, as_of: datetime, fleet: Fleet) -> Believed:
    """Of a sensor on change what it said last, at each step of the baseline, in the place of its readings."""
    step = timedelta(hours=fleet.telemetry_step_hours)
    first = as_of - timedelta(hours=fleet.baseline_hours)
    ticks = [EPOCH + step * n for n in range(-((EPOCH - first) // step), (as_of - EPOCH) // step + 1)]
    found = dict(believed)
    for sensor, known in fleet.sensors.items():
        if not known.on_change_hours:
            continue
        said: dict[datetime, int | None] = {
            at: value for (at, of), value in believed.items() if of == sensor and value is not None
        }
        said |= {at: None for (at, of) in believed if of == OFF}
        found = {key: value for key, value in found.items() if key[1] != sensor}
        moments = sorted(said)
        for tick in ticks:
            before = bisect_right(moments, tick)
            at = moments[before - 1] if before else None
            if at and said[at] is not None and tick - at <= timedelta(hours=known.on_change_hours):
                found[tick, sensor] = said[at]
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
