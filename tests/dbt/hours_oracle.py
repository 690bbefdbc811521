"""The remaining time of every component a second time: plain Python over the raw rows, one component at a time."""

from datetime import datetime, timedelta
from typing import Any

from settings import Fleet
from tests.dbt.dbt_kit import Drops, Nightshift, Row, Table
from tests.dbt.outages_oracle import Outage, repairs
from tests.dbt.raw_rows import FIRST_LOAD, BuiltBefore
from tests.dbt.what_is_known import Known, snapshots, what_is_known

H = timedelta(hours=1)


def expected_hours(drops: Drops, fleet: Fleet, before: BuiltBefore = FIRST_LOAD) -> Table:
    """Every row of hours_to_failure, from the files in the order in which landing takes them."""
    known = what_is_known(drops, fleet, before)
    found: Table = {}
    for machine, lives in known.lives.items():
        outages = known.outages.get(machine, [])
        for as_of, life in snapshots(lives, known.now, fleet):
            if any(outage.failed <= as_of < outage.over and outage.known <= known.now for outage in outages):
                continue
            back = min((other.start for other in lives if other.start > life.start), default=datetime.max)
            for component in fleet.components:
                row = _remaining(as_of, life.end, back, machine, component, known, fleet)
                found[_key(row)] = row
    return found


def expected_remaining(hours: Table) -> Table:
    """Every row of remaining_time, from those of hours_to_failure."""
    machines: dict[Any, list[Row]] = {}
    for row in hours.values():
        machines.setdefault((row["machine_id"], row["as_of"]), []).append(row)
    return {key: _first_of(rows) for key, rows in machines.items()}


def _first_of(rows: list[Row]) -> Row:
    """`rows`: of each component, in the order of the vars."""
    low = min(row["hours_low"] for row in rows)
    first = min((row for row in rows if row["hours_high"] is not None), key=lambda row: row["hours_high"], default=None)
    rank = ("failure", "replacement", "register", "silence", "data")
    why = min((row["ended_by"] for row in rows if row["hours_low"] == low), key=rank.index)
    high = first["hours_high"] if first else None
    known = "longer" if high is None else "exact" if high == low else "between"
    return _row(rows[0]["machine_id"], rows[0]["as_of"], first["component"] if first else None, low, high, known, why)


def _remaining(
    as_of: datetime, end: datetime, back: datetime, machine: str, component: str, known: Known, fleet: Fleet
) -> Row:
    """Of one component: `end` of its machine's life, `back` where the next one begins."""
    outages = known.outages.get(machine, [])
    planned = [
        event
        for event in known.maint.get(machine, [])
        if event.code == component and event.at > as_of and not repairs(event, outages, fleet)
    ]
    failures = [outage for outage in outages if outage.code == component and outage.failed > as_of]
    failure = min(failures, key=lambda outage: outage.failed, default=None)
    replaced = min(planned, key=lambda event: event.at, default=None)
    if failure and replaced and replaced.at < failure.failed:
        failure = None
    elif failure:
        replaced = None
    if failure and failure.dated <= known.now and failure.failed <= known.reaches["failures"] and failure.failed < back:
        told = _row(machine, as_of, component, *_of_failure(failure, as_of), "failure")
        return {**told, "worked_then": failure.good >= as_of}
    ends = {"data": known.reaches["failures"] - fleet.found_within_hours * H, _why(machine, end, known): end}
    if failure:
        ends["data"] = min(ends["data"], failure.good)
    if replaced:
        name = "replacement" if replaced.known <= known.now else "data"
        ends[name] = min(replaced.at, ends.get(name, replaced.at))
    rank = ("replacement", "register", "silence", "data")  # of those at one moment the first
    seen, _, why = min((moment, rank.index(name), name) for name, moment in ends.items())
    told = _row(machine, as_of, component, max((seen - as_of) / H, 0.0), None, "longer", why)
    return {**told, "worked_then": seen >= as_of}


def _of_failure(failure: Outage, as_of: datetime) -> tuple[float, float, str]:
    high = (failure.failed - as_of) / H
    if failure.good == failure.failed - timedelta(microseconds=1):
        return high, high, "exact"
    return max((failure.good - as_of) / H, 0.0), high, "between"


def _why(machine: str, end: datetime, known: Known) -> str:
    return "register" if end == known.register.get(machine, {}).get("in_service_until") else "silence"


def _row(
    machine: str, as_of: datetime, component: str | None, low: float, high: float | None, known: str, ended_by: str
) -> Row:
    return {"machine_id": machine, "as_of": as_of, "component": component, "hours_low": low, "hours_high": high,
            "known": known, "ended_by": ended_by}  # fmt: skip


def hours_of(night: Nightshift) -> Table:
    """What dbt has. Raises AssertionError where a row is there twice."""
    rows = night.rows("select * from hours_to_failure")
    found: Table = {_key(row): row for row in rows}
    assert len(found) == len(rows)
    return found


def remaining_of(night: Nightshift) -> Table:
    """What dbt has of whole machines. Raises AssertionError where a row is there twice."""
    rows = night.rows("select * from remaining_time")
    found: Table = {(row["machine_id"], row["as_of"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def _key(row: Row) -> Any:
    return row["machine_id"], row["as_of"], row["component"]
