"""Whether anything fails within each further horizon a second time: plain Python over the raw rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Row, Table
from tests.dbt.outages_oracle import Outage, repairs
from tests.dbt.raw_rows import FIRST_LOAD, BuiltBefore, Event
from tests.dbt.what_is_known import Known, Life, snapshots, what_is_known

H = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def expected_horizons(drops: Drops, fleet: Fleet, before: BuiltBefore = FIRST_LOAD) -> Table:
    """Every row of horizon_labels, from the files in the order in which landing takes them."""
    known = what_is_known(drops, fleet, before)
    found: Table = {}
    for machine, lives in known.lives.items():
        outages = known.outages.get(machine, [])
        planned = [event for event in known.maint.get(machine, []) if not repairs(event, outages, fleet)]
        for as_of, life in snapshots(lives, known.now, fleet):
            if any(outage.failed <= as_of < outage.over and outage.known <= known.now for outage in outages):
                continue
            back = min((other.start for other in lives if other.start > life.start), default=datetime.max)
            row: Row = {"machine_id": machine, "as_of": as_of}
            for hours in fleet.further_horizons:
                fails = _fails(as_of, as_of + hours * H, life, back, outages, planned, known, fleet)
                row[f"fails_within_{hours}h"] = None if fails is None else int(fails)
            row["known_at"] = _known_late(as_of, outages, planned, fleet)
            found[machine, as_of] = row
    return found


def _fails(
    as_of: datetime, until: datetime, life: Life, back: datetime, outages: Sequence[Outage], planned: Sequence[Event],
    known: Known, fleet: Fleet,
) -> bool | None:  # fmt: skip
    if until + fleet.found_within_hours * H > known.reaches["failures"]:
        return None
    each = []
    for component in fleet.components:
        failed = [outage for outage in outages if outage.code == component and outage.failed > as_of]
        replaced = [event for event in planned if event.code == component and event.at > as_of]
        each.append(_component(as_of, until, life, back, failed, replaced, known))
    each += _unnamed(as_of, until, outages, planned, known, fleet)
    return True if True in each else None if None in each else False


def _unnamed(
    as_of: datetime, until: datetime, outages: Sequence[Outage], planned: Sequence[Event], known: Known, fleet: Fleet
) -> list[bool | None]:
    """What ends within the horizon, or may, of components that the vars do not name."""
    failed = [outage for outage in outages if outage.code not in fleet.components]
    lies = [(outage.lies_in(as_of, until), outage.dated <= known.now) for outage in failed]
    replaced = [event for event in planned if event.code not in fleet.components and as_of < event.at <= until]
    return [True if inside and told else None for inside, told in lies if inside is not False] + [None] * len(replaced)


def _component(
    as_of: datetime, until: datetime, life: Life, back: datetime, failed: Sequence[Outage], replaced: Sequence[Event],
    known: Known,
) -> bool | None:  # fmt: skip
    """Of one component, by what it ended with: a failure that is known, or else as long as it was seen to work."""
    failure = min(failed, key=lambda outage: outage.failed, default=None)
    change = min(replaced, key=lambda event: event.at, default=None)
    if failure and (change is None or failure.failed <= change.at):
        if failure.dated <= known.now and failure.failed <= known.reaches["failures"] and failure.failed < back:
            return failure.lies_in(as_of, until)
        return False if failure.good >= until and life.end > until else None
    # Of a replacement of which nobody knows yet, nothing but that the component worked until then.
    gone = change is not None and (change.at < until or (change.at == until and change.known <= known.now))
    return None if gone or life.end <= until else False


def _known_late(as_of: datetime, outages: Sequence[Outage], planned: Sequence[Event], fleet: Fleet) -> datetime | None:
    ended = [(outage.good, outage.failed, outage.dated) for outage in outages]
    ended += [(event.at - INSTANT, event.at, event.known) for event in planned]
    usual, reach = fleet.feed_latency_hours.failures * H, as_of + fleet.horizons[-1] * H
    return max((at for good, end, at in ended if end > as_of and good < reach and at > end + usual), default=None)
