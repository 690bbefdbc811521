"""The feature mart a second time: plain Python over the raw rows, one machine, one moment, one window at a time.

Slow and literal on purpose, and independent of every model: it reads the dropped rows, never the warehouse.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from settings import Fleet
from tests.dbt.believed import OFF, Believed, Reading, current, mean_of, sd_of, with_held, within
from tests.dbt.dbt_kit import Drops, Row, Table, feed_of
from tests.dbt.regimes_oracle import fleet_reference
from tests.dbt.wear_oracle import Machine, like_features, moved_features, slope_features, wear_features

FEWEST_DAYS = 3  # that tell a feed's rate
REMOVED = "removed"  # of vars.removed_words

BuiltBefore = Mapping[str, datetime]
FIRST_LOAD: BuiltBefore = {}


@dataclass(frozen=True)
class Event:
    at: datetime
    known: datetime
    code: str


@dataclass(frozen=True)
class Life:
    """A machine in service, `start <= as_of < end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Outage:
    """A component's failure, `failed <= as_of < over`; `reported_until`: its last report or stated end.

    It failed after `good`, at `failed` at the latest; `dated`: when all of that was known.
    """

    code: str
    failed: datetime
    known: datetime
    over: datetime
    reported_until: datetime
    good: datetime
    dated: datetime

    def lies_in(self, after: datetime, until: datetime) -> bool | None:
        """Whether it failed in `after < moment <= until`; None where nobody can tell."""
        possible = _moments(self.good, self.failed)
        inside = {after < moment <= until for moment in possible}
        return inside.pop() if len(inside) == 1 else None


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


def _moments(good: datetime, failed: datetime) -> list[datetime]:
    """Of the moments after `good` up to `failed` the first, the last and one an hour: edges lie on whole minutes."""
    first = good + timedelta(microseconds=1)
    between = range(1, int((failed - first) / timedelta(hours=1)) + 1)
    return [first, *(first + n * timedelta(hours=1) for n in between), failed]


def what_is_known(
    drops: Drops, fleet: Fleet, built_before: BuiltBefore = FIRST_LOAD, runs: Runs = lambda row: None
) -> Known:
    register = {row["machineID"]: row for _, row in _rows(drops, "machines")}
    telemetry = _readings(drops, fleet, runs)
    errors, maint, failures = (_events(drops, fleet, feed, built_before) for feed in ("errors", "maint", "failures"))
    now, lives = _known_until(telemetry, fleet), _lives(telemetry, register, fleet)
    reaches = {
        name: _reach(name, telemetry, rows, now, fleet) for name, rows in (("maint", maint), ("failures", failures))
    }
    outages = _outages(drops, maint, fleet, built_before)
    return Known(register, telemetry, errors, maint, failures, outages, lives, now, reaches)


def expected_mart(
    drops: Drops, fleet: Fleet, built_before: BuiltBefore = FIRST_LOAD, runs: Runs | None = None
) -> Table:
    """Every row of feature_mart, from the files in the order in which landing takes them.

    `built_before` says of a file of events that is no first load up to when snapshots had been made before it landed;
    `runs`, of a fleet that tells it, whether a row of telemetry says that its machine ran.
    """
    known = what_is_known(drops, fleet, built_before, runs or (lambda row: None))
    register, telemetry, now = known.register, known.telemetry, known.now
    reference = fleet_reference(telemetry, fleet)
    table: Table = {}
    for machine, readings in telemetry.items():
        mine = [events.get(machine, []) for events in (known.errors, known.maint, known.failures)]
        about, worn = register.get(machine, {}), Machine(readings, reference, fleet)
        for as_of, life in snapshots(known.lives[machine], now, fleet):
            row: Row = {"machine_id": machine, "as_of": as_of, "model": about.get("model"), "age": about.get("age")}
            row.update(_label(as_of, known, life, mine[1], known.outages.get(machine, []), fleet))
            row.update(_sensor_features(as_of, readings, fleet, tells_running=runs is not None))
            if fleet.regimes:
                row.update(like_features(as_of, worn))
            if fleet.new_hours:
                replaced = [(event.at, event.code) for event in mine[1] if event.known <= as_of]
                row.update(wear_features(as_of, worn, life.start, replaced))
            row.update(slope_features(as_of, worn) if fleet.slopes_hours else {})
            row.update(moved_features(as_of, worn))
            row.update(_error_features(as_of, mine[0], fleet))
            row.update(_component_features(as_of, mine[1], mine[2], fleet))
            table[machine, as_of] = row
    return table


def _rows(drops: Drops, feed: str) -> Iterator[tuple[tuple[int, int], Row]]:
    for number, name in enumerate(sorted(drops)):
        if feed_of(name) == feed:
            for line, row in enumerate(drops[name]):
                yield (number, line), row


def _known_at(row: Row, feed: str, fleet: Fleet, built: datetime | None = None) -> datetime:
    """As the row says; else with its feed's latency, and after what was `built` before its file came."""
    known: datetime = row.get("available_at") or row["datetime"] + timedelta(
        hours=getattr(fleet.feed_latency_hours, feed)
    )
    return max(known, built + timedelta(microseconds=1)) if built and not row.get("available_at") else known


def _readings(drops: Drops, fleet: Fleet, runs: Runs) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for landed, row in _rows(drops, "telemetry"):
        cells = {sensor: row[sensor] for sensor in fleet.sensors if _says_something(row.get(sensor), sensor, fleet)}
        values = {sensor: _steps(cell, 10 ** fleet.decimals(sensor)) for sensor, cell in cells.items()}
        reading = Reading(row["datetime"], _known_at(row, "telemetry", fleet), landed, values, runs(row))
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
    for (number, _), row in _rows(drops, feed):
        key = (row["machineID"], row["datetime"], row[column])
        known = _known_at(row, feed, fleet, built_before.get(files[number]))
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


def _lives(telemetry: dict[str, list[Reading]], register: dict[str, Row], fleet: Fleet) -> dict[str, list[Life]]:
    """The stretches of each machine in service: from its first row, or from a reading after a long silence, on."""
    heard = {machine: _heard(readings) for machine, readings in telemetry.items()}
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
    moments = {(reading.at, max(reading.at, reading.known)) for reading in readings}
    return {
        at
        for at, known in moments
        if any(value is not None for value in current(known, [r for r in readings if r.at == at]).values())
    }


def _in_service(life: Life, about: Row) -> list[Life]:
    start = max(life.start, about.get("in_service_from") or life.start)
    end = min(life.end, about.get("in_service_until") or life.end)
    return [Life(start, end)] if start < end else []


def _reach(
    feed: str, telemetry: dict[str, list[Reading]], rows: dict[str, list[Event]], now: datetime, fleet: Fleet
) -> datetime:
    said: datetime | None = getattr(fleet.feed_reaches, feed)
    if said:
        return said
    clock = now - timedelta(hours=getattr(fleet.feed_latency_hours, feed))
    moments = [event.at for events in rows.values() for event in events]
    days = {moment.date() for moment in moments}
    if len(days) < FEWEST_DAYS:
        return clock
    first = min(at for readings in telemetry.values() for at in _heard(readings))
    begin = datetime.combine(first.date(), datetime.min.time())
    since = {moment.date() for moment in moments if moment >= begin}
    enough = len(since) >= FEWEST_DAYS
    usual = (max(moments) - begin) / len(since) if enough else (max(moments) - min(*moments, begin)) / len(days)
    return max(moments) if clock - max(moments) > -math.log(0.001) * usual else clock


def _outages(
    drops: Drops, maint: dict[str, list[Event]], fleet: Fleet, built_before: BuiltBefore
) -> dict[str, list[Outage]]:
    files = sorted(drops)
    reports: dict[tuple[str, str], dict[datetime, Told]] = {}
    for (number, _), row in _rows(drops, "failures"):
        at, end = row["datetime"], row.get("ended_at")
        told = reports.setdefault((row["machineID"], row["failure"]), {}).setdefault(at, {})
        known = max(at, _known_at(row, "failures", fleet, built_before.get(files[number])))
        good = row.get("known_good_at")
        told[number, known] = (end if end and end >= at else None, good if good and good <= at else None)
    found: dict[str, list[Outage]] = {}
    for (machine, code), moments in reports.items():
        repairs = [event for event in maint.get(machine, []) if event.code == code]
        last_over = datetime.min
        for group in _grouped(moments, fleet):
            outage = _outage(code, {at: moments[at] for at in group}, repairs, last_over, fleet)
            last_over = outage.over
            found.setdefault(machine, []).append(outage)
    return found


# The file's number and when it was known: the end, and the last moment without a fault, of its last line.
Told = dict[tuple[int, datetime], tuple[datetime | None, datetime | None]]


def _last_said(told: Told, which: int) -> datetime | None:
    said = [(landed, values[which]) for landed, values in told.items() if values[which]]
    return max(said)[1] if said else None


def _stated_end(told: Told) -> datetime | None:
    return _last_said(told, 0)


def _grouped(moments: dict[datetime, Told], fleet: Fleet) -> list[list[datetime]]:
    groups: list[list[datetime]] = []
    lasts = datetime.min
    for at in sorted(moments):
        if at > lasts:
            groups.append([])
            lasts = datetime.min
        groups[-1].append(at)
        lasts = max(lasts, _stated_end(moments[at]) or at + timedelta(hours=fleet.outage_gap_hours))
    return groups


def _outage(
    code: str, moments: dict[datetime, Told], repairs: list[Event], last_over: datetime, fleet: Fleet
) -> Outage:
    """`last_over`: when the outage before it was over, be it after it failed again."""
    failed, last = min(moments), max(moments)
    soon = last + timedelta(hours=fleet.corrective_hours)
    known = min(known for _, known in moments[failed])
    stated = max((end for told in moments.values() if (end := _stated_end(told))), default=datetime.min)
    repaired = min((event.at for event in repairs if last <= event.at <= soon), default=None)
    if stated >= last:
        over = stated
    elif repaired:
        over = repaired
    else:
        over = last + timedelta(microseconds=1) if len(moments) > 1 else failed
    good, dated = _last_said(moments[failed], 1), known
    if good:
        dated = max(known, min(when for (_, when), (_, said) in moments[failed].items() if said))
    elif fleet.found_within_hours:
        good = failed - timedelta(hours=fleet.found_within_hours)
    just_before = failed - timedelta(microseconds=1)
    if good:
        good = min(just_before, max([good, last_over, *(event.at for event in repairs if event.at < failed)]))
    return Outage(code, failed, known, over, max(last, stated), good or just_before, dated)


def _counter_features(sensor: str, as_of: datetime, believed: Believed, fleet: Fleet) -> Row:
    scale = 10 ** fleet.decimals(sensor)
    first, longest = as_of - timedelta(hours=fleet.baseline_hours), max(fleet.windows_hours)
    series = sorted((at, value) for (at, of), value in believed.items() if of == sensor and value is not None)
    series = [(at, value) for at, value in series if at > first]
    apart = timedelta(hours=min(longest, fleet.baseline_hours - longest))
    rises = {at: max(value - before, 0) for (earlier, before), (at, value) in pairwise(series) if at - earlier <= apart}
    row: Row = {f"{sensor}_last": series[-1][1] / scale if series else None}
    for hours in fleet.windows_hours:
        start = as_of - timedelta(hours=hours)
        risen = [rise for at, rise in rises.items() if at > start]
        row[f"{sensor}_n_{hours}h"] = len(within(believed, sensor, start, as_of))
        row[f"{sensor}_increase_{hours}h"] = sum(risen) / scale if risen else None
    return row


def _state_features(sensor: str, as_of: datetime, believed: Believed, fleet: Fleet) -> Row:
    row: Row = {}
    for hours in fleet.windows_hours:
        values = within(believed, sensor, as_of - timedelta(hours=hours), as_of)
        row[f"{sensor}_n_{hours}h"] = len(values)
        for state, number in fleet.sensors[sensor].states.items():
            those = values.count(number * 10 ** fleet.decimals(sensor))
            row[f"{sensor}_share_{state}_{hours}h"] = those / len(values) if values else None
    return row


def _sensor_features(as_of: datetime, readings: list[Reading], fleet: Fleet, tells_running: bool) -> Row:
    believed = with_held(current(as_of, readings), as_of, fleet)
    longest = as_of - timedelta(hours=max(fleet.windows_hours))
    row: Row = {}
    if tells_running:
        row |= {
            f"not_running_n_{hours}h": len(within(believed, OFF, as_of - timedelta(hours=hours), as_of))
            for hours in fleet.windows_hours
        }
    for sensor, known in fleet.sensors.items():
        if known.kind != "gauge":
            features = {"counter": _counter_features, "state": _state_features}[known.kind]
            row |= features(sensor, as_of, believed, fleet)
            continue
        scale = 10 ** fleet.decimals(sensor)
        normal = within(believed, sensor, as_of - timedelta(hours=fleet.baseline_hours), longest)
        enough = len(normal) >= fleet.least_baseline_readings
        level, spread = (mean_of(normal, scale), sd_of(normal, scale)) if enough else (None, None)
        row |= {f"{sensor}_baseline_n": len(normal), f"{sensor}_baseline_mean": level, f"{sensor}_baseline_sd": spread}
        for hours in fleet.windows_hours:
            values = within(believed, sensor, as_of - timedelta(hours=hours), as_of)
            mean = mean_of(values, scale)
            row[f"{sensor}_n_{hours}h"] = len(values)
            row[f"{sensor}_mean_{hours}h"] = mean
            row[f"{sensor}_sd_{hours}h"] = sd_of(values, scale)
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


def _component_features(as_of: datetime, maint: list[Event], failures: list[Event], fleet: Fleet) -> Row:
    row: Row = {}
    for what, events in (("replacement", maint), ("failure", failures)):
        known = [event for event in events if event.known <= as_of]
        row |= {f"{comp}_hours_since_{what}": _hours_since(as_of, known, comp) for comp in fleet.components}
    return row


def _hours_since(as_of: datetime, events: list[Event], code: str) -> float | None:
    moments = [event.at for event in events if event.code == code]
    return (as_of - max(moments)) / timedelta(hours=1) if moments else None


def _label(as_of: datetime, known: Known, life: Life, maint: list[Event], outages: list[Outage], fleet: Fleet) -> Row:
    until = as_of + timedelta(hours=fleet.horizon_hours)
    names = ["fails_any", *(f"fails_{component}" for component in fleet.components)]
    if any(outage.failed <= as_of < outage.over and outage.known <= known.now for outage in outages):
        return {"label_status": "down", **dict.fromkeys(names)}
    lies = {outage: outage.lies_in(as_of, until) for outage in outages}
    failures = [outage for outage, inside in lies.items() if inside]
    doubtful = [outage for outage, inside in lies.items() if inside is None]
    planned = [event for event in maint if as_of < event.at <= until and not repairs(event, outages, fleet)]
    told = max([known.now, *(outage.dated for outage in failures + doubtful), *(event.known for event in planned)])
    if until + timedelta(hours=fleet.found_within_hours) > known.reaches["failures"] or told > known.now:
        return {"label_status": "pending", **dict.fromkeys(names)}
    failed = {failure.code for failure in failures}
    replaced = {event.code for event in planned} | {outage.code for outage in doubtful}
    left = life.end <= until
    censored = (bool(replaced) or left) and not failed
    row: Row = {
        "label_status": "censored" if censored else "mature",
        "fails_any": None if censored else int(bool(failed)),
    }
    for component in fleet.components:
        row[f"fails_{component}"] = 1 if component in failed else None if component in replaced or left else 0
    return row


def repairs(event: Event, outages: list[Outage], fleet: Fleet) -> bool:
    soon = timedelta(hours=fleet.corrective_hours)
    return any(o.code == event.code and o.failed <= event.at <= o.reported_until + soon for o in outages)
