"""The feature mart a second time: plain Python over the raw rows, one machine, one moment, one window at a time.

Slow and literal on purpose, and independent of every model: it reads the dropped rows, never the warehouse.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Row, Table, feed_of

REMOVED = "removed"  # of vars.removed_words


@dataclass(frozen=True)
class Reading:
    """One report of a reading; `landed` orders reports, `values` are whole units of the last kept decimal.

    A sensor that the report says nothing about is not among them; None takes a value back.
    """

    at: datetime
    known: datetime
    landed: tuple[int, int]
    values: dict[str, int | None]


@dataclass(frozen=True)
class Event:
    at: datetime
    known: datetime
    code: str


def expected_mart(drops: Drops, fleet: Fleet) -> Table:
    """Every row of feature_mart, from the files in the order in which landing takes them."""
    register = {row["machineID"]: row for _, row in _rows(drops, "machines")}
    telemetry = _readings(drops, fleet)
    now = _known_until(telemetry, fleet)
    errors, maint, failures = (_events(drops, fleet, feed) for feed in ("errors", "maint", "failures"))
    table: Table = {}
    for machine, readings in telemetry.items():
        first = min(max(reading.at, reading.known) for reading in readings)
        mine = [events.get(machine, []) for events in (errors, maint, failures)]
        about = register.get(machine, {})
        for as_of in _snapshots(first, now, fleet):
            row: Row = {"machine_id": machine, "as_of": as_of, "model": about.get("model"), "age": about.get("age")}
            row.update(_label(as_of, now, mine[1], mine[2], fleet))
            row.update(_sensor_features(as_of, readings, fleet))
            row.update(_error_features(as_of, mine[0], fleet))
            row.update(_component_features(as_of, mine[1], fleet))
            table[machine, as_of] = row
    return table


def _rows(drops: Drops, feed: str) -> Iterator[tuple[tuple[int, int], Row]]:
    for number, name in enumerate(sorted(drops)):
        if feed_of(name) == feed:
            for line, row in enumerate(drops[name]):
                yield (number, line), row


def _known_at(row: Row, feed: str, fleet: Fleet) -> datetime:
    latency = timedelta(hours=getattr(fleet.feed_latency_hours, feed))
    known: datetime = row.get("available_at") or row["datetime"] + latency
    return known


def _readings(drops: Drops, fleet: Fleet) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for landed, row in _rows(drops, "telemetry"):
        cells = {sensor: row[sensor] for sensor in fleet.sensors if row.get(sensor) is not None}
        values = {sensor: _steps(cell, 10 ** fleet.decimals(sensor)) for sensor, cell in cells.items()}
        reading = Reading(row["datetime"], _known_at(row, "telemetry", fleet), landed, values)
        found.setdefault(row["machineID"], []).append(reading)
    return found


def _steps(cell: Any, scale: int) -> int | None:
    return None if cell == REMOVED else round(cell * scale)


def _events(drops: Drops, fleet: Fleet, feed: str) -> dict[str, list[Event]]:
    column = {"errors": "errorID", "maint": "comp", "failures": "failure"}[feed]
    first_report: dict[tuple[str, datetime, str], datetime] = {}
    for _, row in _rows(drops, feed):
        key, known = (row["machineID"], row["datetime"], row[column]), _known_at(row, feed, fleet)
        first_report[key] = min(known, first_report.get(key, known))
    found: dict[str, list[Event]] = {}
    for (machine, at, code), known in first_report.items():
        found.setdefault(machine, []).append(Event(at, max(at, known), code))
    return found


def _known_until(telemetry: dict[str, list[Reading]], fleet: Fleet) -> datetime:
    last = max(reading.at for readings in telemetry.values() for reading in readings)
    return last + timedelta(hours=fleet.feed_latency_hours.telemetry)


def _snapshots(first: datetime, last: datetime, fleet: Fleet) -> Iterator[datetime]:
    as_of = first.replace(minute=0, second=0, microsecond=0)
    fresh = last + max(timedelta(hours=fleet.telemetry_step_hours), timedelta(minutes=15))
    while as_of <= fresh:
        is_night = as_of.hour == fleet.scoring_hour
        on_grid = as_of.hour % fleet.snapshot_every_hours == 0 and as_of <= last
        if as_of >= first and (on_grid or is_night):
            yield as_of
        as_of += timedelta(hours=1)


Believed = dict[tuple[datetime, str], int | None]


def _current(as_of: datetime, readings: list[Reading]) -> Believed:
    """Of every reading time and sensor the value that was believed at `as_of`: the last one said by then."""
    believed: Believed = {}
    for reading in sorted(readings, key=lambda reading: (reading.known, reading.landed)):
        if reading.at <= as_of and reading.known <= as_of:
            believed.update({(reading.at, sensor): value for sensor, value in reading.values.items()})
    return believed


def _within(believed: Believed, sensor: str, after: datetime, until: datetime) -> list[int]:
    values = [value for (at, of), value in believed.items() if of == sensor and after < at <= until]
    return [value for value in values if value is not None]


def _mean(values: list[int], scale: int) -> float | None:
    return sum(values) / (len(values) * scale) if values else None


def _sd(values: list[int], scale: int) -> float | None:
    """Sample standard deviation about the mean, in whole numbers up to the root."""
    n, total = len(values), sum(values)
    if n < 2:
        return None
    deviations = sum((n * value - total) ** 2 for value in values)
    return math.sqrt(deviations / (n * n * (n - 1))) / scale


def _sensor_features(as_of: datetime, readings: list[Reading], fleet: Fleet) -> Row:
    current = _current(as_of, readings)
    longest = as_of - timedelta(hours=max(fleet.windows_hours))
    row: Row = {}
    for sensor in fleet.sensors:
        scale = 10 ** fleet.decimals(sensor)
        normal = _within(current, sensor, as_of - timedelta(hours=fleet.baseline_hours), longest)
        enough = len(normal) >= fleet.least_baseline_readings
        level, spread = (_mean(normal, scale), _sd(normal, scale)) if enough else (None, None)
        row |= {f"{sensor}_baseline_n": len(normal), f"{sensor}_baseline_mean": level, f"{sensor}_baseline_sd": spread}
        for hours in fleet.windows_hours:
            values = _within(current, sensor, as_of - timedelta(hours=hours), as_of)
            mean = _mean(values, scale)
            row[f"{sensor}_n_{hours}h"] = len(values)
            row[f"{sensor}_mean_{hours}h"] = mean
            row[f"{sensor}_sd_{hours}h"] = _sd(values, scale)
            row[f"{sensor}_min_{hours}h"] = min(values) / scale if values else None
            row[f"{sensor}_max_{hours}h"] = max(values) / scale if values else None
            apart = (mean - level) / spread if mean is not None and level is not None and spread else None
            row[f"{sensor}_shift_{hours}h"] = apart
    return row


def _error_features(as_of: datetime, errors: list[Event], fleet: Fleet) -> Row:
    known = [error for error in errors if error.known <= as_of]
    row: Row = {}
    for hours in fleet.windows_hours:
        recent = [error.code for error in known if error.at > as_of - timedelta(hours=hours)]
        row[f"errors_count_{hours}h"] = len(recent)
        for code in fleet.error_codes:
            row[f"{code}_count_{hours}h"] = recent.count(code)
    for code in fleet.error_codes:
        row[f"{code}_hours_since"] = _hours_since(as_of, known, code)
    return row


def _component_features(as_of: datetime, maint: list[Event], fleet: Fleet) -> Row:
    known = [event for event in maint if event.known <= as_of]
    return {f"{comp}_hours_since_replacement": _hours_since(as_of, known, comp) for comp in fleet.components}


def _hours_since(as_of: datetime, events: list[Event], code: str) -> float | None:
    moments = [event.at for event in events if event.code == code]
    return (as_of - max(moments)) / timedelta(hours=1) if moments else None


def _label(as_of: datetime, now: datetime, maint: list[Event], failures: list[Event], fleet: Fleet) -> Row:
    until = as_of + timedelta(hours=fleet.horizon_hours)
    names = ["fails_any", *(f"fails_{component}" for component in fleet.components)]
    if until + timedelta(hours=fleet.feed_latency_hours.failures) > now:
        return {"label_status": "pending", **dict.fromkeys(names)}
    failed = {failure.code for failure in failures if as_of < failure.at <= until}
    planned = {event.code for event in maint if as_of < event.at <= until and not _repairs(event, failures, fleet)}
    censored = bool(planned) and not failed
    row: Row = {
        "label_status": "censored" if censored else "mature",
        "fails_any": None if censored else int(bool(failed)),
    }
    for component in fleet.components:
        row[f"fails_{component}"] = 1 if component in failed else None if component in planned else 0
    return row


def _repairs(event: Event, failures: list[Event], fleet: Fleet) -> bool:
    soon = timedelta(hours=fleet.corrective_hours)
    return any(f.code == event.code and timedelta(0) <= event.at - f.at <= soon for f in failures)
