"""Another future for the same past: rows that were not known by a moment are dropped, changed and invented."""

import random
from datetime import datetime, timedelta

from tests.dbt.dbt_kit import Drops, Row, feed_of

H = timedelta(hours=1)
OTHER = {"errors": ("errorID", "error3"), "maint": ("comp", "comp2"), "failures": ("failure", "comp2")}


def another_future(drops: Drops, until: datetime, seed: int) -> Drops:
    """`drops` with what was known at `until` untouched and the rest altered; feeds come without latency."""
    chance = random.Random(seed)
    last = max(row["datetime"] for row in _telemetry(drops))
    return {name: _altered(feed_of(name), rows, until, last, chance) for name, rows in drops.items()}


def _telemetry(drops: Drops) -> list[Row]:
    return [row for name, rows in drops.items() if feed_of(name) == "telemetry" for row in rows]


def _altered(feed: str, rows: list[Row], until: datetime, last: datetime, chance: random.Random) -> list[Row]:
    if feed == "machines":  # the register carries no clock
        return rows
    out: list[Row] = []
    for row in rows:
        if max(row["datetime"], row.get("available_at") or row["datetime"]) <= until:
            out.append(row)
            if chance.random() < 0.05:
                out.append(_changed(feed, {**row, "available_at": until + chance.randint(1, 30) * H}, chance))
        elif row["datetime"] == last:
            out.append(row)  # so that both fleets reach as far
        elif chance.random() < 0.7:
            changed = _changed(feed, row, chance)
            if row["datetime"] > until:
                changed["datetime"] += timedelta(seconds=chance.choice((0, 1, 600)))
                changed["available_at"] = None
            out.append(changed)
    return [row for row in out if row["datetime"] <= last or feed != "telemetry"]


def _changed(feed: str, row: Row, chance: random.Random) -> Row:
    if feed in OTHER:
        column, code = OTHER[feed]
        return {**row, column: code}
    return {**row, "volt": chance.choice((None, 900.5, 390.5, 0.0)), "vibration": round(chance.random(), 6)}
