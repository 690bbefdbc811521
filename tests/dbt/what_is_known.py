"""What the files tell of a fleet: readings, events, outages, machines in service, and how far each feed reaches."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from settings import Fleet
from tests.dbt.believed import Reading, current
from tests.dbt.dbt_kit import Drops, Row
from tests.dbt.outages_oracle import Outage, outages_of
from tests.dbt.raw_rows import FIRST_LOAD, BuiltBefore, Event, known_at, rows_of

FEWEST_DAYS = 3  # that tell a feed's rate
REMOVED = "removed"  # of vars.removed_words


@dataclass(frozen=True)
class Life:
    """A machine in service, `start <= as_of < end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Known:
    """What the files tell of the fleet, by machine; up to `now`, and of failures and maintenance up to `reaches`."""

    register: dict[str, Row]
    telemetry: dict[str, list[Reading]]
    errors: dict[str, list[Event]]
    maint: dict[str, list[Event]]
    failures: dict[str, list[Event]]
    outages: dict[str, list[Outage]]
    lives: dict[str, list[Life]]
    now: datetime
    reaches: dict[str, datetime]


Runs = Callable[[Row], bool | None]


def what_is_known(
    drops: Drops, fleet: Fleet, built_before: BuiltBefore = FIRST_LOAD, runs: Runs = lambda row: None
) -> Known:
    register = {row["machineID"]: row for _, row in rows_of(drops, "machines")}
    telemetry = _readings(drops, fleet, runs)
    errors, maint, failures = (_events(drops, fleet, feed, built_before) for feed in ("errors", "maint", "failures"))
    heard = {machine: _heard(readings) for machine, readings in telemetry.items()}
    now, lives = _known_until(telemetry, fleet), _lives(telemetry, heard, register, fleet)
    reaches = {name: _reach(name, heard, rows, now, fleet) for name, rows in (("maint", maint), ("failures", failures))}
    outages = outages_of(drops, maint, fleet, built_before)
    return Known(register, telemetry, errors, maint, failures, outages, lives, now, reaches)


def _readings(drops: Drops, fleet: Fleet, runs: Runs) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for landed, row in rows_of(drops, "telemetry"):
        cells = {sensor: row[sensor] for sensor in fleet.sensors if _says_something(row.get(sensor), sensor, fleet)}
        values = {sensor: _steps(cell, 10 ** fleet.decimals(sensor)) for sensor, cell in cells.items()}
        reading = Reading(row["datetime"], known_at(row, "telemetry", fleet), landed, values, runs(row))
        found.setdefault(row["machineID"], []).append(reading)
    return found


def _says_something(cell: Any, sensor: str, fleet: Fleet) -> bool:
    known = fleet.sensors[sensor]
    return cell == REMOVED or (cell is not None and known.min <= cell <= known.max)


def _steps(cell: Any, scale: int) -> int | None:
    return None if cell == REMOVED else round(cell * scale)


def _events(drops: Drops, fleet: Fleet, feed: str, built_before: BuiltBefore) -> dict[str, list[Event]]:
    column = {"errors": "errorID", "maint": "comp", "failures": "failure"}[feed]
    files = sorted(drops)
    first_report: dict[tuple[str, datetime, str], datetime] = {}
    for (number, _), row in rows_of(drops, feed):
        key = (row["machineID"], row["datetime"], row[column])
        known = known_at(row, feed, fleet, built_before.get(files[number]))
        first_report[key] = min(known, first_report.get(key, known))
    found: dict[str, list[Event]] = {}
    for (machine, at, code), known in first_report.items():
        found.setdefault(machine, []).append(Event(at, max(at, known), code))
    return found


def _known_until(telemetry: dict[str, list[Reading]], fleet: Fleet) -> datetime:
    last = max(reading.at for readings in telemetry.values() for reading in readings)
    return last + timedelta(hours=fleet.feed_latency_hours.telemetry)


def snapshots(lives: list[Life], last: datetime, fleet: Fleet) -> Iterator[tuple[datetime, Life]]:
    """The spine of one machine: each snapshot with the life that it lies in."""
    fresh = last + max(timedelta(hours=fleet.telemetry_step_hours), timedelta(minutes=15))
    for life in lives:
        as_of = life.start.replace(minute=0, second=0, microsecond=0)
        while as_of <= fresh and as_of < life.end:
            is_night = as_of.hour == fleet.scoring_hour
            on_grid = as_of.hour % fleet.snapshot_every_hours == 0 and as_of <= last
            if as_of >= life.start and (on_grid or is_night):
                yield as_of, life
            as_of += timedelta(hours=1)


def _lives(
    telemetry: dict[str, list[Reading]], heard: dict[str, set[datetime]], register: dict[str, Row], fleet: Fleet
) -> dict[str, list[Life]]:
    """The stretches of each machine in service: from its first row, or from a reading after a long silence, on."""
    fleet_days = {moment.date() for moments in heard.values() for moment in moments}
    lives: dict[str, list[Life]] = {}
    for machine, readings in telemetry.items():
        begins: list[date] = []
        last_heard = min(reading.at for reading in readings).date()
        for day in sorted({reading.at.date() for reading in readings}):
            is_heard = any(moment.date() == day for moment in heard[machine])
            between = sum(last_heard < other < day for other in fleet_days)
            if not begins or (is_heard and between >= fleet.retired_after_days):
                begins.append(day)
            last_heard = day if is_heard else last_heard
        gone = sum(last_heard < day < max(fleet_days) for day in fleet_days) >= fleet.retired_after_days
        lives[machine] = []
        for begin, after in zip(begins, [*begins[1:], None], strict=True):
            start = min(max(r.at, r.known) for r in readings if begin <= r.at.date() < (after or date.max))
            moments = [m for m in heard[machine] if begin <= m.date() < (after or date.max)]
            ended = after is not None or gone
            end = max(moments or [start]) + timedelta(microseconds=1) if ended else datetime.max
            lives[machine] += _in_service(Life(start, end), register.get(machine, {}))
    return lives


def _heard(readings: list[Reading]) -> set[datetime]:
    """The reading times of which, at some moment, a value was believed."""
    reports: dict[datetime, list[Reading]] = {}
    for reading in readings:
        reports.setdefault(reading.at, []).append(reading)
    moments = {(reading.at, max(reading.at, reading.known)) for reading in readings}
    return {
        at
        for at, known in moments
        if any(value is not None for values in current(known, reports[at]).values() for value in values.values())
    }


def _in_service(life: Life, about: Row) -> list[Life]:
    start = max(life.start, about.get("in_service_from") or life.start)
    end = min(life.end, about.get("in_service_until") or life.end)
    return [Life(start, end)] if start < end else []


def _reach(
    feed: str, heard: dict[str, set[datetime]], rows: dict[str, list[Event]], now: datetime, fleet: Fleet
) -> datetime:
    said: datetime | None = getattr(fleet.feed_reaches, feed)
    if said:
        return said
    clock = now - timedelta(hours=getattr(fleet.feed_latency_hours, feed))
    moments = [event.at for events in rows.values() for event in events]
    days = {moment.date() for moment in moments}
    if len(days) < FEWEST_DAYS:
        return clock
    first = min(at for moments in heard.values() for at in moments)
    begin = datetime.combine(first.date(), datetime.min.time())
    since = {moment.date() for moment in moments if moment >= begin}
    enough = len(since) >= FEWEST_DAYS
    usual = (max(moments) - begin) / len(since) if enough else (max(moments) - min(*moments, begin)) / len(days)
    return max(moments) if clock - max(moments) > -math.log(0.001) * usual else clock
