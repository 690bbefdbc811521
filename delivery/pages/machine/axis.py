"""The time axis that all pictures of a machine's page share: from some weeks before the night to some time after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

ACROSS = 1000  # the width of every picture, in its own units
ONE_DAY = timedelta(days=1)
TICK_DAYS = (1, 2, 7, 14, 28, 56, 91)
MOST_TICKS = 6


@dataclass(frozen=True)
class TimeAxis:
    """`start` to `end`, with the night's moment `now` between them (naive UTC)."""

    start: datetime
    now: datetime
    end: datetime

    def share(self, moment: datetime) -> float:
        """Where a moment stands between start (0) and end (1); one beyond stands at the edge."""
        return min(max((moment - self.start) / (self.end - self.start), 0.0), 1.0)

    def x(self, moment: datetime) -> float:
        """The same across the picture."""
        return round(ACROSS * self.share(moment), 1)

    def ticks(self) -> list[datetime]:
        """A few midnights to write on the axis; Mondays where they are a week apart or more."""
        days = (self.end - self.start) / ONE_DAY
        step = next((step for step in TICK_DAYS if days / step <= MOST_TICKS), TICK_DAYS[-1])
        first = datetime(self.start.year, self.start.month, self.start.day) + ONE_DAY
        if step >= 7:
            first += (-first.weekday() % 7) * ONE_DAY
        count = int((self.end - first) / ONE_DAY // step) + 1
        return [first + number * step * ONE_DAY for number in range(count)]


def axis_of(now: datetime, weeks: int, horizon_hours: int, pointed_at: Iterable[datetime] = ()) -> TimeAxis:
    """The axis of a night: `weeks` back, on to its horizon or the last moment pointed at, half the weeks at most."""
    back = timedelta(weeks=weeks)
    ahead = max([now + timedelta(hours=horizon_hours), *pointed_at])
    return TimeAxis(now - back, now, min(ahead, now + back / 2))
