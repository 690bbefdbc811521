"""Cases and outcomes as a night knew them, so that a page written later tells no more than one written that morning.

The outcome tables say what is known now. Here whatever happened or became known after the night is taken back:
a case closed since is still open, its later alerts do not count, and a verdict that came later has not come.
(A failure reported late may have split one case in two since; both halves are then told as open until it was known.)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb

from ml.morning_news import OpenCase, Outcome, Week

WEEK = timedelta(days=7)
# A case is closed when what closed it has become known.
KNOWN_CASES = """
    select
        cases.*,
        greatest(
            cases.closed_at,
            case when cases.closed_by = 'failure' then failures.available_at end,
            case when cases.closed_by = 'replacement' then replacements.available_at end
        ) as known_closed_at
    from alert_episodes as cases
    left join stg_failures as failures
        on cases.machine_id = failures.machine_id
        and cases.component = failures.component
        and cases.failed_at = failures.event_at
    left join stg_replacements as replacements
        on cases.machine_id = replacements.machine_id
        and cases.component = replacements.component
        and cases.replaced_at = replacements.event_at
"""


def open_cases(con: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[OpenCase, ...]:
    """The cases open at `as_of`, the oldest first."""
    rows = con.execute(
        f"""
        with cases as ({KNOWN_CASES})
        select
            cases.machine_id, cases.component, cases.opened_at, count(*), max(answers.failure_probability),
            any_value(case when cases.crew_at <= $as_of then cases.crew_verdict end),
            any_value(case when cases.crew_at <= $as_of then cases.crew_note end)
        from cases
        inner join nightly_answers as answers
            on cases.machine_id = answers.machine_id
            and cases.component = answers.predicted_component
            and answers.alert
            and answers.as_of between cases.opened_at and $as_of
        where cases.opened_at <= $as_of and (cases.known_closed_at is null or cases.known_closed_at > $as_of)
        group by cases.machine_id, cases.component, cases.opened_at
        order by cases.opened_at, cases.machine_id, cases.component
        """,
        {"as_of": as_of},
    ).fetchall()
    return tuple(
        OpenCase(machine, component, opened_at, nights, highest, _words(crew))
        for machine, component, opened_at, nights, highest, *crew in rows
    )


def last_week(con: duckdb.DuckDBPyConnection, as_of: datetime, horizon_hours: int) -> Week:
    """Failures of the WEEK before `as_of` that were known by then, and the cases that came to a verdict in it."""
    values: dict[str, Any] = {"as_of": as_of, "since": as_of - WEEK}
    failures = con.execute(
        """
        select outcomes.machine_id, outcomes.component, outcomes.failed_at, outcomes.lead_hours, outcomes.caught
        from failure_outcomes as outcomes
        left join stg_failures as failures
            on outcomes.machine_id = failures.machine_id
            and outcomes.component = failures.component
            and outcomes.failed_at = failures.event_at
        where outcomes.failed_at > $since and outcomes.nights_scored > 0
            and coalesce(failures.available_at, outcomes.failed_at) <= $as_of
        order by outcomes.failed_at, outcomes.machine_id, outcomes.component
        """,
        values,
    ).fetchall()
    # False only when the last alert's horizon has passed, even where the case was closed before that.
    closed = con.execute(
        f"""
        with cases as ({KNOWN_CASES}),
        decided as (
            select
                *,
                case
                    when verdict = 'false' then greatest(known_closed_at, last_alert_at + to_hours($horizon))
                    else known_closed_at
                end as decided_at
            from cases
            where known_closed_at is not null and verdict in ('false', 'censored')
        )
        select machine_id, component, decided_at, verdict from decided
        where decided_at > $since and decided_at <= $as_of
        order by decided_at, machine_id, component
        """,
        values | {"horizon": horizon_hours},
    ).fetchall()
    return Week(
        caught=tuple(Outcome(*row[:4]) for row in failures if row[4]),
        missed=tuple(Outcome(*row[:3]) for row in failures if not row[4]),
        false_alerts=tuple(Outcome(*row[:3]) for row in closed if row[3] == "false"),
        censored=tuple(Outcome(*row[:3]) for row in closed if row[3] == "censored"),
        pending=len(open_cases(con, as_of)),
    )


def _words(crew: Sequence[object]) -> str:
    return ": ".join(str(word).strip() for word in crew if word and str(word).strip())
