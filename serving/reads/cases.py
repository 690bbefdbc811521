"""Cases with what came of them, and the part of a machine's story that is no prediction."""

from datetime import datetime

from serving.published import Published
from serving.schemas.records import Case, Event

# Something of the case is at or after that moment, or it is still open.
CHANGED = (
    "(opened_at >= $since or last_alert_at >= $since or closed_at >= $since or crew_at >= $since or closed_at is null)"
)


def count_cases(published: Published, since: datetime | None, machine: str | None, open_only: bool) -> int:
    """How many cases there are of these."""
    if not published.has("alert_episodes"):
        return 0
    where, values = _where(since, machine, open_only)
    [row] = published.rows(f"select count(*) as found from alert_episodes where {where}", values)
    return int(row["found"])


def cases(
    published: Published, since: datetime | None, machine: str | None, open_only: bool, limit: int, offset: int
) -> list[Case]:
    """Those that are open first, then by falling last alert."""
    if not published.has("alert_episodes"):
        return []
    where, values = _where(since, machine, open_only)
    rows = published.rows(
        f"""
        select * from alert_episodes where {where}
        order by closed_at is not null, last_alert_at desc, machine_id, component limit $limit offset $offset
        """,
        {**values, "limit": limit, "offset": offset},
    )
    return [Case.model_validate(row) for row in rows]


def case_at(published: Published, machine: str, component: str, moment: datetime) -> Case | None:
    """The case of which a word given at `moment` speaks: the last that was open by then. None where there is none."""
    if not published.has("alert_episodes"):
        return None
    rows = published.rows(
        """
        select * from alert_episodes where machine_id = $machine and component = $component and opened_at <= $moment
        order by opened_at desc limit 1
        """,
        {"machine": machine, "component": component, "moment": moment},
    )
    return Case.model_validate(rows[0]) if rows else None


def events(published: Published, machine: str, since: datetime, until: datetime) -> list[Event]:
    """What happened to a machine after `since` and up to `until`, as far as was known by then; the latest first."""
    rows = published.rows(
        """
        with events as (
            select machine_id, event_at as happened_at, 'error' as kind, error_code as subject from errors
            where available_at <= $until
            union all
            select machine_id, failed_at, 'failure', component from outages where known_at <= $until
            union all
            select machine_id, event_at, 'replacement', component from replacements where available_at <= $until
        )
        select happened_at, kind, subject from events
        where machine_id = $machine and happened_at > $since and happened_at <= $until
        order by happened_at desc, kind, subject
        """,
        {"machine": machine, "since": since, "until": until},
    )
    return [Event.model_validate(row) for row in rows]


def machine_facts(published: Published, machine: str) -> dict[str, object] | None:
    """Model and age of a machine; None where neither the register nor any night knows it."""
    rows = published.rows("select model, age from machines where machine_id = ?", [machine])
    if rows:
        return rows[0]
    known = published.rows("select 1 from predictions where machine_id = ? limit 1", [machine])
    return {"model": None, "age": None} if known else None


def _where(since: datetime | None, machine: str | None, open_only: bool) -> tuple[str, dict[str, object]]:
    conditions, values = ["true"], dict[str, object]()
    if since is not None:
        conditions.append(CHANGED)
        values["since"] = since
    if machine is not None:
        conditions.append("machine_id = $machine")
        values["machine"] = machine
    if open_only:
        conditions.append("closed_at is null")
    return " and ".join(conditions), values
