"""What a morning page tells besides the night's answers: open cases, what changed overnight, and how last week went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median


@dataclass(frozen=True)
class OpenCase:
    """A case that was open on the page's night: nights with an alert and the highest probability up to then.

    `crew` is the crew's last word on it by then, empty where there is none.
    """

    machine: str
    component: str
    opened_at: datetime
    nights: int
    highest_probability: float | None
    crew: str = ""

    def age_days(self, as_of: datetime) -> int:
        """Whole days between its first alert and `as_of`."""
        return (as_of - self.opened_at).days


@dataclass(frozen=True)
class Move:
    """A machine whose answer changed: its component now or before, its probability on both nights, and why."""

    machine: str
    component: str
    before: float | None = None
    now: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Changes:
    """Tonight against `since`, the scored night before it."""

    since: datetime
    new_alerts: tuple[Move, ...] = ()
    gone: tuple[Move, ...] = ()
    fell_silent: tuple[str, ...] = ()
    came_back: tuple[str, ...] = ()
    rises: tuple[Move, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the two nights tell the same."""
        return not (self.new_alerts or self.gone or self.fell_silent or self.came_back or self.rises)


@dataclass(frozen=True)
class Outcome:
    """A failure, or a case that came to its end: when, and for a failure that was caught how many hours ahead."""

    machine: str
    component: str
    at: datetime
    lead_hours: float | None = None


@dataclass(frozen=True)
class Week:
    """The seven days before a night as it knew them.

    `unwatched`: failures that no night's horizon held, so that nothing was caught or missed. `censored`: replaced as
    planned before it could be told whether the alert was right. `pending`: cases still open.
    """

    caught: tuple[Outcome, ...] = ()
    missed: tuple[Outcome, ...] = ()
    unwatched: tuple[Outcome, ...] = ()
    false_alerts: tuple[Outcome, ...] = ()
    censored: tuple[Outcome, ...] = ()
    pending: int = 0

    @property
    def failures(self) -> int:
        """Failures that were caught or missed."""
        return len(self.caught) + len(self.missed)

    @property
    def nothing(self) -> bool:
        """Whether no failure and no case is to be told of."""
        told = (self.caught, self.missed, self.unwatched, self.false_alerts, self.censored)
        return not any(told) and self.pending == 0

    @property
    def median_lead(self) -> float | None:
        """Hours between the first alert and the failure, in the middle of those caught."""
        return median(leads) if (leads := _leads(self.caught)) else None


def _leads(outcomes: Sequence[Outcome]) -> list[float]:
    return [outcome.lead_hours for outcome in outcomes if outcome.lead_hours is not None]
