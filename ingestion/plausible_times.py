"""Which times of readings are believed, seen from the feed as a whole.

A reading's time moves the fleet's clock or lengthens its history, so none may do so alone. Two bounds hold for every
row of every feed: not later than the moment of landing, give or take `ahead_minutes`, and not before `earliest`. For
telemetry the readings are asked as a whole, too. Those of a file fall into stretches wherever they pause for more than
`gap_days`; what has landed before is one stretch more. Rows that lie within it, or that follow on it (`gap_days`, or
`reach_days` where nothing of the file lies nearer: an outage), belong to it. The first and the last stretch are then
lonely, and set aside, while all of these hold:

- it has less than a twentieth of the rows of the stretch in which the median row lies;
- it is not a delivery of today: most of its file, and up to the moment of landing;
- it is months away (`reach_days`), or smaller than is usual in its own file;
- late: few of the machines have it, where there are three and more to ask; else, and early (a new machine may bring
  its past): it has fewer than `confirm_rows` rows, those counted in that earlier files had there and nowhere else.

What is set aside lands by itself once it lies in or next to what has landed (and the file is still there, or is dropped
again), or once the var that set it aside has been raised.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

from settings import PlausibleClock

FAR_SMALLER = 20  # a stretch this many times smaller than the usual one may be lonely
ENOUGH_MACHINES = 3  # from so many on, machines are asked


@dataclass(frozen=True)
class Stretch:
    """Rows without a long pause between them; `machines` have some of them."""

    first: datetime
    last: datetime
    rows: int
    machines: int


@dataclass(frozen=True)
class History:
    """What is known of the feed: the span and number of landed rows, and the stretches that stand aside."""

    landed: Stretch | None = None
    aside: tuple[Stretch, ...] = ()

    def may_land_now(self, moment: datetime, now: datetime, clock: PlausibleClock) -> bool:
        """Whether a time that was set aside lies by now in or next to what has landed, and not ahead."""
        gap = timedelta(days=clock.gap_days)
        if self.landed is None or not within_bounds(moment, now, clock):
            return False
        return self.landed.first - gap <= moment <= self.landed.last + gap


def within_bounds(moment: datetime, now: datetime, clock: PlausibleClock) -> bool:
    """Whether a row of any feed may have this time."""
    return (
        datetime.combine(clock.earliest, datetime.min.time()) <= moment <= now + timedelta(minutes=clock.ahead_minutes)
    )


def lonely_stretches(found: Sequence[Stretch], history: History, now: datetime, clock: PlausibleClock) -> list[Stretch]:
    """The stretches of a file to set aside. `found` are all of them, in order, more than `gap_days` apart."""
    block, apart = _join(found, history.landed, clock)
    line = sorted([*apart, block] if block else apart, key=lambda stretch: stretch.first)
    usual, own = usual_rows(line), usual_rows(found)
    total = sum(stretch.rows for stretch in found)
    lonely: list[Stretch] = []
    while len(line) > 1:
        for end, late in ((-1, True), (0, False)):
            others = [stretch for stretch in line if stretch is not line[end]]
            away = line[-1].first - line[-2].last if late else line[1].first - line[0].last
            judged = _Judged(line[end], away, others, late, own, total)
            if line[end] is not block and judged.rows * FAR_SMALLER < usual and _is_lonely(judged, history, now, clock):
                lonely.append(line.pop(end))
                break
        else:
            break
    return sorted(lonely, key=lambda stretch: stretch.first)


@dataclass(frozen=True)
class _Judged:
    stretch: Stretch
    away: timedelta
    others: list[Stretch]
    late: bool
    own: int
    total: int

    @property
    def rows(self) -> int:
        return self.stretch.rows


def _is_lonely(judged: _Judged, history: History, now: datetime, clock: PlausibleClock) -> bool:
    stretch, reach = judged.stretch, timedelta(days=clock.reach_days)
    if 2 * stretch.rows >= judged.total and stretch.last >= now - timedelta(days=clock.gap_days):
        return False
    if judged.away <= reach and stretch.rows >= judged.own:
        return False
    machines = max(other.machines for other in judged.others)
    if judged.late and machines >= ENOUGH_MACHINES:
        return 2 * stretch.machines < machines
    near = [
        aside.rows
        for aside in history.aside
        if aside.last >= stretch.first - reach and aside.first <= stretch.last + reach
    ]
    return stretch.rows + sum(near) < clock.confirm_rows


def _join(
    found: Sequence[Stretch], landed: Stretch | None, clock: PlausibleClock
) -> tuple[Stretch | None, list[Stretch]]:
    """What has landed together with the stretches that lie in it or follow on it, and the others."""
    apart = list(found)
    if landed is None:
        return None, apart
    block, gap = replace(landed, machines=0), timedelta(days=clock.gap_days)
    while near := [stretch for stretch in apart if _away(block, stretch) <= gap]:
        block = _united([block, *near])
        apart = [stretch for stretch in apart if stretch not in near]
    if len(apart) == len(found) and apart:
        nearest = min(apart, key=lambda stretch: _away(block, stretch))
        if _away(block, nearest) <= timedelta(days=clock.reach_days):
            apart.remove(nearest)
            block = _united([block, nearest])
    return block, apart


def _away(one: Stretch, other: Stretch) -> timedelta:
    return max(other.first - one.last, one.first - other.last, timedelta(0))


def _united(stretches: list[Stretch]) -> Stretch:
    return Stretch(
        first=min(stretch.first for stretch in stretches),
        last=max(stretch.last for stretch in stretches),
        rows=sum(stretch.rows for stretch in stretches),
        machines=max(stretch.machines for stretch in stretches),
    )


def usual_rows(stretches: Iterable[Stretch]) -> int:
    """The rows of the stretch in which the median row lies, counted from the smallest stretch on."""
    rows = sorted(stretch.rows for stretch in stretches)
    so_far = list(accumulate(rows))
    return rows[bisect_left(so_far, so_far[-1] / 2)] if rows else 0
