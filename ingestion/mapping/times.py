"""Local times into UTC, and the hours of a year in which a local clock says a time twice, or never."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from warehouse.sql import literal

# Text of a time that names no zone and no offset, in every way in which DuckDB reads one.
NAIVE = r"\d{4,6}[-/\\ ]?\d{1,2}[-/\\ ]?\d{1,2}([T\s]+\d{1,2}:\d{1,2}(:(\d{1,2}(\.\d*)?)?)?)?\s*"


def to_utc(local: str, zone: str) -> str:
    """SQL of the naive local TIMESTAMP `local` as naive UTC.

    A time that the clock says twice is taken as the later one, in winter time; one that it never says as if the clock
    had not been put forward. So DuckDB has it.
    """
    return f"(({local}) at time zone {literal(zone)} at time zone 'UTC')"


def is_naive(text: str) -> str:
    """SQL, true for the text of a time without zone and offset."""
    return f"regexp_full_match({text}, '{NAIVE}')"


@dataclass(frozen=True)
class ClockChange:
    """Local times from `first` until `until` come twice, or never where they are `skipped`."""

    first: datetime
    until: datetime
    skipped: bool

    def holds(self, local: str) -> str:
        """SQL, true where `local` is such a time."""
        return f"({local} >= timestamp '{self.first}' and {local} < timestamp '{self.until}')"


def clock_changes(zone: str, first: datetime, last: datetime) -> Iterator[ClockChange]:
    """The changes of a zone's clock between two local moments, a day more on either side."""
    known = ZoneInfo(zone)
    low, end = first - timedelta(days=1), last + timedelta(days=1)
    while low < end:
        high = low + timedelta(days=1)
        before, after = _offset(known, low), _offset(known, high)
        if before != after:
            at = _moment_of_change(known, low, high)
            local = sorted((at + before, at + after))
            yield ClockChange(local[0], local[1], skipped=after > before)
        low = high


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def _moment_of_change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """To the second, in UTC."""
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high
