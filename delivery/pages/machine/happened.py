"""What happened to machines, as a night knew it: errors, failures and replacements, each at its own time."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from delivery.pages.machine.contents import MachineEvent
from warehouse.tables import column_names

READS = ("stg_errors", "stg_replacements", "outages")


def events_of(
    con: duckdb.DuckDBPyConnection, machines: Sequence[str], since: datetime, as_of: datetime
) -> dict[str, tuple[MachineEvent, ...]]:
    """By machine, in their order, what happened in (since, as_of] and was known by `as_of`."""
    good_at = "null::timestamp"
    if {"known_good_at", "good_known_at"} <= column_names(con, "outages"):  # else not rebuilt yet
        good_at = "case when good_known_at is null or good_known_at <= $as_of then known_good_at end"
    rows = con.execute(
        f"""
        with events as (
            select machine_id, event_at, 'error' as kind, error_code as subject, null::timestamp as good_at
            from stg_errors where available_at <= $as_of
            union all
            select machine_id, failed_at, 'failure', component, {good_at} from outages where known_at <= $as_of
            union all
            select machine_id, event_at, 'replacement', component, null
            from stg_replacements where available_at <= $as_of
        )
        select machine_id, event_at, kind, subject, good_at from events
        where event_at > $since and event_at <= $as_of and machine_id in (select unnest($machines))
        order by machine_id, event_at, kind, subject
        """,
        {"machines": list(machines), "since": since, "as_of": as_of},
    ).fetchall()
    found: dict[str, list[MachineEvent]] = {}
    for machine, at, kind, subject, good in rows:
        found.setdefault(machine, []).append(MachineEvent(at, kind, subject, good))
    return {machine: tuple(events) for machine, events in found.items()}
