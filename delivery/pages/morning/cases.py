"""Cases and outcomes as a night knew them, so that a page written later tells no more than one written that morning.

The outcome tables say what is known now. Here whatever happened or became known after the night is taken back:
a case closed since is still open, its later alerts do not count, and a verdict that came later has not come.
(A failure reported late may have split one case in two since; both halves are then told as open until it was known.)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb

from delivery.pages.morning.contents import OpenCase, Outcome, Week
from settings import FeedLatency

WEEK = timedelta(days=7)
# A case is closed when what closed it is known: a failure when it is reported, a replacement when no failure before it
# can still be, silence when both feeds are in.
KNOWN_CASES = """
    select
        cases.*,
        case cases.closed_by
            when 'failure' then greatest(cases.closed_at, failures.available_at)
            when 'replacement'
                then greatest(cases.closed_at + to_hours($failures_latency), replacements.available_at)
            else cases.closed_at + to_hours(greatest($failures_latency, $maint_latency))
        end as known_closed_at
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


def open_cases(con: duckdb.DuckDBPyConnection, as_of: datetime, latency: FeedLatency) -> tuple[OpenCase, ...]:
    """The cases open at `as_of`, the oldest first, each with the crew's last word by then."""
    rows = con.execute(
        f"""
        with cases as ({KNOWN_CASES}),
        open_cases as (
            select machine_id, component, opened_at from cases
            where opened_at <= $as_of and (known_closed_at is null or known_closed_at > $as_of)
        ),
        words as (
            select cases.machine_id, cases.component, cases.opened_at, feedback.verdict, feedback.note
            from open_cases as cases
            inner join stg_feedback as feedback
                on cases.machine_id = feedback.machine_id
                and cases.component = feedback.component
                and feedback.given_at between cases.opened_at and $as_of
            qualify row_number() over (
                partition by cases.machine_id, cases.component, cases.opened_at order by feedback.given_at desc
            ) = 1
        )
        select
            cases.machine_id, cases.component, cases.opened_at, count(*), max(answers.failure_probability),
            any_value(words.verdict), any_value(words.note)
        from open_cases as cases
        inner join nightly_answers as answers
            on cases.machine_id = answers.machine_id
            and cases.component = answers.predicted_component
            and answers.alert
            and answers.as_of between cases.opened_at and $as_of
        left join words
            on cases.machine_id = words.machine_id
            and cases.component = words.component
            and cases.opened_at = words.opened_at
        group by cases.machine_id, cases.component, cases.opened_at
        order by cases.opened_at, cases.machine_id, cases.component
        """,
        _values(as_of, latency),
    ).fetchall()
    return tuple(
        OpenCase(machine, component, opened_at, nights, highest, _words(crew))
        for machine, component, opened_at, nights, highest, *crew in rows
    )


def last_week(con: duckdb.DuckDBPyConnection, as_of: datetime, latency: FeedLatency) -> Week:
    """Failures of the WEEK before `as_of` that were known by then, and the cases that came to a verdict in it."""
    failures = con.execute(
        """
        select outcomes.machine_id, outcomes.component, outcomes.failed_at, outcomes.lead_hours, outcomes.caught
        from failure_outcomes as outcomes
        left join stg_failures as failures
            on outcomes.machine_id = failures.machine_id
            and outcomes.component = failures.component
            and outcomes.failed_at = failures.event_at
        where outcomes.failed_at > $since and coalesce(failures.available_at, outcomes.failed_at) <= $as_of
        order by outcomes.failed_at, outcomes.machine_id, outcomes.component
        """,
        {"as_of": as_of, "since": as_of - WEEK},
    ).fetchall()
    closed = con.execute(
        f"""
        with cases as ({KNOWN_CASES})
        select machine_id, component, known_closed_at, verdict from cases
        where known_closed_at > $since and known_closed_at <= $as_of
        order by known_closed_at, machine_id, component
        """,
        _values(as_of, latency) | {"since": as_of - WEEK},
    ).fetchall()
    return Week(
        caught=tuple(Outcome(*row[:4]) for row in failures if row[4]),
        missed=tuple(Outcome(*row[:3]) for row in failures if row[4] is False),
        unwatched=tuple(Outcome(*row[:3]) for row in failures if row[4] is None),
        false_alerts=tuple(Outcome(*row[:3]) for row in closed if row[3] == "false"),
        censored=tuple(Outcome(*row[:3]) for row in closed if row[3] == "censored"),
        pending=len(open_cases(con, as_of, latency)),
    )


def _values(as_of: datetime, latency: FeedLatency) -> dict[str, object]:
    return {"as_of": as_of, "failures_latency": latency.failures, "maint_latency": latency.maint}


def _words(crew: Sequence[object]) -> str:
    return ": ".join(str(word).strip() for word in crew if word and str(word).strip())
