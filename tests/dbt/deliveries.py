"""A fleet's rows as daily files, in which some come days after the day they speak of."""

import random
from datetime import date, timedelta

from tests.dbt.dbt_kit import Drops, Row, feed_of
from tests.dbt.fleets import START

DAY = timedelta(days=1)


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
