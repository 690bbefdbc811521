"""Cases and outcomes as a night knew them, so that a page written later tells no more than one written that morning.

The outcome tables say what is known now. Here whatever happened or became known after the night is left out, by the
moments that the models `case_history`, `known_cases` and `known_failures` keep: a case closed since is still open, its
later alerts do not count, and a verdict that came later has not come. (A failure reported late may have split one case
in two since; both halves are then told as open until it was known.)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb

from delivery.pages.morning.contents import OpenCase, Outcome, Week

WEEK = timedelta(days=7)


def open_cases(con: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[OpenCase, ...]:
    """The cases open at `as_of`, the oldest first, each with the crew's last word by then."""
    rows = con.execute(
        """
        select machine_id, component, opened_at, nights, highest_probability, crew_verdict, crew_note
        from case_history
        where stood_from <= $as_of and (stood_until is null or stood_until > $as_of)
        order by opened_at, machine_id, component
        """,
        {"as_of": as_of},
    ).fetchall()
    return tuple(
        OpenCase(machine, component, opened_at, nights, highest, _words(crew))
        for machine, component, opened_at, nights, highest, *crew in rows
    )


def last_week(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Week:
    """Failures of the WEEK before `as_of` that were known by then, and the cases that came to a verdict in it."""
    span = {"as_of": as_of, "since": as_of - WEEK}
    failures = con.execute(
        """
        select machine_id, component, failed_at, lead_hours, caught from known_failures
        where failed_at > $since and known_at <= $as_of
        order by failed_at, machine_id, component
        """,
        span,
    ).fetchall()
    closed = con.execute(
        """
        select machine_id, component, known_closed_at, verdict from known_cases
        where known_closed_at > $since and known_closed_at <= $as_of
        order by known_closed_at, machine_id, component
        """,
        span,
    ).fetchall()
    return Week(
        caught=tuple(Outcome(*row[:4]) for row in failures if row[4]),
        missed=tuple(Outcome(*row[:3]) for row in failures if row[4] is False),
        unwatched=tuple(Outcome(*row[:3]) for row in failures if row[4] is None),
        false_alerts=tuple(Outcome(*row[:3]) for row in closed if row[3] == "false"),
        censored=tuple(Outcome(*row[:3]) for row in closed if row[3] == "censored"),
        pending=len(open_cases(con, as_of)),
    )


def _words(crew: Sequence[object]) -> str:
    return ": ".join(str(word).strip() for word in crew if word and str(word).strip())
