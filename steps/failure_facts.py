"""What has landed of the failures feed, for a training that finds too few of them."""

from delivery.findings import findings_of
from delivery.markup import one_line
from ml.training.shortage import LONGEST_PAUSE_DAYS, FailureFacts
from settings import Fleet
from warehouse.connection import Connection

FEED = "failures"


def failure_facts(con: Connection, fleet: Fleet) -> FailureFacts:
    """Read from the tables as they are built; they are asked only when a training has failed."""
    [(landed,)] = con.execute("select count(*) from stg_failures").fetchall()
    matched = con.execute(
        """
        select event_at from stg_failures
        where machine_id in (select machine_id from machine_days) and list_contains(?::varchar[], component)
        order by event_at
        """,
        [list(fleet.components)],
    ).fetchall()
    odd = [one for one in findings_of(con, fleet=fleet) if one.feed == FEED and one.matters]
    pause = con.execute(
        """
        with days as (
            select event_at::date as on_day, min(event_at) as first_at, max(event_at) as last_at, count(*) as readings
            from stg_telemetry where superseded_at is null group by on_day
        ),
        pauses as (
            select lag(last_at) over ordered as stopped_at, first_at,
                sum(readings) over (order by on_day rows between current row and unbounded following) as beyond
            from days window ordered as (order by on_day)
        )
        select stopped_at, first_at, beyond::bigint from pauses
        where first_at - stopped_at > ?::bigint * interval 1 day
        order by first_at - stopped_at desc limit 1
        """,
        [LONGEST_PAUSE_DAYS],
    ).fetchall()
    return FailureFacts(
        landed=landed,
        at=tuple(row[0] for row in matched),
        odd=tuple(f"{one.found}: {one_line(one.cure).rstrip('.')}." for one in odd),
        pause=(pause[0][0], pause[0][1]) if pause else None,
        beyond_pause=pause[0][2] if pause else 0,
    )
