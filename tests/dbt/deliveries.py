"""A fleet's rows as files that come one after the other, in which some rows come days after the day they speak of."""

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Row, feed_of
from tests.dbt.troubles.machine import START

DAY = timedelta(days=1)
EVENTS = ("errors", "maint", "failures")


def daily(drops: Drops, most_days_late: int, seed: int) -> dict[date, Drops]:
    """The files of each day. A row that says when it was known comes that day; of the others some come late."""
    chance = random.Random(seed)
    days: dict[date, Drops] = {}
    for name, rows in drops.items():
        stem = name.removesuffix(".csv")
        for row in rows:
            day = START.date() if feed_of(name) == "machines" else _day(row, most_days_late, chance)
            # A later file stays a later one: which of two versions landed last decides between equals.
            parts = stem.split("_")
            dated = "_".join([*parts[:2], str(day), *parts[2:]]) + ".csv"
            days.setdefault(day, {}).setdefault(dated, []).append(row)
    return dict(sorted(days.items()))


def _day(row: Row, most_days_late: int, chance: random.Random) -> date:
    event: date = row["datetime"].date()
    known = row.get("available_at")
    late = chance.randint(1, most_days_late) if most_days_late and chance.random() < 0.1 else 0
    # Nobody waits longer than the build looks back: such a row comes earlier than it says.
    day = min(known.date(), event + most_days_late * DAY) if known else event + late * DAY
    return max(day, START.date())


def with_late_files(drops: Drops, seed: int, share: float = 0.4) -> tuple[Drops, Drops]:
    """`drops` in two deliveries: of each feed of events a share of its rows comes with the second, of `maint` all."""
    chance = random.Random(seed)
    first, second = dict(drops), {}
    for name, rows in drops.items():
        feed = feed_of(name)
        late = [row for row in rows if feed == "maint" or (feed in EVENTS and chance.random() < share)]
        if late:
            first[name] = [row for row in rows if row not in late]
            second[f"{name.removesuffix('.csv')}_z.csv"] = late
    return {name: rows for name, rows in first.items() if rows or feed_of(name) != "maint"}, second


def built_before(deliveries: Iterable[Drops], fleet: Fleet) -> dict[str, datetime]:
    """Up to when snapshots had been made before each file of events came, where every delivery was built by itself.

    A file of a feed of which none came before is not among them.
    """
    found: dict[str, datetime] = {}
    until: datetime | None = None
    seen: set[str] = set()
    for drops in deliveries:
        if until:
            found |= dict.fromkeys((name for name in drops if feed_of(name) in EVENTS and feed_of(name) in seen), until)
        seen |= {feed_of(name) for name in drops}
        moments = [row["datetime"] for name, rows in drops.items() if feed_of(name) == "telemetry" for row in rows]
        if moments:
            known = max(moments) + timedelta(hours=fleet.feed_latency_hours.telemetry)
            until = max(until, known) if until else known
    return found
