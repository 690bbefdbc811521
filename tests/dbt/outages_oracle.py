"""Outages a second time: when each failed, since when that was known, and when it was over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from settings import Fleet
from tests.dbt.dbt_kit import Drops
from tests.dbt.raw_rows import BuiltBefore, Event, known_at, rows_of


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


@cache
def _moments(good: datetime, failed: datetime) -> list[datetime]:
    """Of the moments after `good` up to `failed` the first, the last and one an hour: edges lie on whole minutes."""
    first = good + timedelta(microseconds=1)
    between = range(1, int((failed - first) / timedelta(hours=1)) + 1)
    return [first, *(first + n * timedelta(hours=1) for n in between), failed]


def outages_of(
    drops: Drops, maint: dict[str, list[Event]], fleet: Fleet, built_before: BuiltBefore
) -> dict[str, list[Outage]]:
    files = sorted(drops)
    reports: dict[tuple[str, str], dict[datetime, Told]] = {}
    for (number, _), row in rows_of(drops, "failures"):
        at, end = row["datetime"], row.get("ended_at")
        told = reports.setdefault((row["machineID"], row["failure"]), {}).setdefault(at, {})
        known = max(at, known_at(row, "failures", fleet, built_before.get(files[number])))
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


def repairs(event: Event, outages: list[Outage], fleet: Fleet) -> bool:
    soon = timedelta(hours=fleet.corrective_hours)
    return any(o.code == event.code and o.failed <= event.at <= o.reported_until + soon for o in outages)
