"""The rows of dropped files in the order in which landing takes them, and when each was known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Row, feed_of

BuiltBefore = Mapping[str, datetime]
FIRST_LOAD: BuiltBefore = {}


@dataclass(frozen=True)
class Event:
    at: datetime
    known: datetime
    code: str


def rows_of(drops: Drops, feed: str) -> Iterator[tuple[tuple[int, int], Row]]:
    for number, name in enumerate(sorted(drops)):
        if feed_of(name) == feed:
            for line, row in enumerate(drops[name]):
                yield (number, line), row


def known_at(row: Row, feed: str, fleet: Fleet, built: datetime | None = None) -> datetime:
    """As the row says; else with its feed's latency, and after what was `built` before its file came."""
    known: datetime = row.get("available_at") or row["datetime"] + timedelta(
        hours=getattr(fleet.feed_latency_hours, feed)
    )
    return max(known, built + timedelta(microseconds=1)) if built and not row.get("available_at") else known
