"""What failures and other events are like: of what, of whom, when they are dated, and what the readings did before."""

from dataclasses import dataclass, field

from warehouse.connection import Connection

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class FailureCounts:
    """Failures in all, by component and by machine type, and what is odd about them, in sentences."""

    rows: int = 0
    machines: int = 0
    without_readings: int = 0
    after_gap: int = 0
    repeats: int = 0
    components: tuple[tuple[str, int], ...] = ()
    types: tuple[tuple[str, int, int], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventCounts:
    """Rows of errors and maintenance by code, the most frequent first."""

    errors: tuple[tuple[str, int], ...] = ()
    maint: tuple[tuple[str, int], ...] = field(default=())


def event_counts(con: Connection) -> EventCounts:
    """Read raw_errors and raw_maint."""
    found = [
        con.execute(f"select {code}, count(*) from raw_{feed} group by all order by 2 desc, 1").fetchall()
        for feed, code in (("errors", "errorID"), ("maint", "comp"))
    ]
    errors, maint = (tuple((str(code), int(rows)) for code, rows in one) for one in found)
    return EventCounts(errors, maint)


def failure_counts(con: Connection, pause_seconds: float) -> FailureCounts:
    """Read raw_failures beside the readings of `intake_few` and `intake_steps`."""
    [(rows, machines, without)] = con.execute(
        """select count(*), count(distinct machineID), count(*) filter (machineID not in (select machineID from
        raw_telemetry)) from (select distinct machineID, datetime, failure from raw_failures)"""
    ).fetchall()
    if not rows:
        return FailureCounts()
    after_gap, seen = _after_gap(con, pause_seconds)
    repeats = _repeats(con)
    counts = FailureCounts(
        rows=int(rows),
        machines=int(machines),
        without_readings=int(without),
        after_gap=after_gap,
        repeats=repeats,
        components=_components(con),
        types=_types(con),
    )
    return FailureCounts(**{**counts.__dict__, "remarks": tuple(_remarks(con, counts, seen))})


def _components(con: Connection) -> tuple[tuple[str, int], ...]:
    found = con.execute("select failure, count(*) from raw_failures group by all order by 2 desc, 1").fetchall()
    return tuple((str(name), int(count)) for name, count in found)


def _types(con: Connection) -> tuple[tuple[str, int, int], ...]:
    """Of each type how many machines there are, and how many failures."""
    found = con.execute(
        """select m.model, count(distinct m.machineID), count(f.datetime)
        from (select machineID, any_value(model) as model from raw_machines group by all) as m
        left join raw_failures as f using (machineID)
        where m.model is not null group by all order by 3 desc, 1"""
    ).fetchall()
    return tuple((str(model), int(machines), int(failures)) for model, machines, failures in found)


def _after_gap(con: Connection, pause_seconds: float) -> tuple[int, int]:
    """Failures before which the last reading is older than a pause, of those that could be looked at."""
    [(late, seen)] = con.execute(
        f"""select count(*) filter (epoch(f.datetime - t.datetime) > greatest({pause_seconds}, 3600)), count(*)
        from (select distinct machineID, datetime from raw_failures) as f
        asof join (select machineID, datetime from intake_few) as t
            on f.machineID = t.machineID and f.datetime >= t.datetime"""
    ).fetchall()
    return int(late), int(seen)


def _repeats(con: Connection) -> int:
    """Rows within a day of another of the same machine and component: one outage told more than once."""
    [(found,)] = con.execute(
        """select count(*) from (select datetime - lag(datetime) over (partition by machineID, failure order by
        datetime)
        as d from raw_failures) where d <= interval 1 day"""
    ).fetchall()
    return int(found)


def _remarks(con: Connection, counts: FailureCounts, seen: int) -> list[str]:
    out = []
    if counts.rows >= 8:
        [(hour, share, weekend, midnight)] = con.execute(
            """select mode(hour(datetime)), max(n) / sum(n), sum(n) filter (isodow(datetime) > 5) / sum(n),
            sum(n) filter (datetime = date_trunc('day', datetime)) / sum(n)
            from (select datetime, count(*) over (partition by hour(datetime)) as h, 1 as n from raw_failures)"""
        ).fetchall() or [(None, 0, 0, 0)]
        [(hour, share)] = con.execute(
            """select hour, n / sum(n) over () from (select hour(datetime) as hour, count(*) as n from raw_failures
            group by 1)
            order by n desc, 1 limit 1"""
        ).fetchall()
        if midnight and midnight > 0.95:
            out.append(
                "all carry a date without an hour: a night sees a failure up to a day before or after it happened, so "
                "look at a horizon of days"
            )
        elif share > 0.6:
            out.append(
                f"{share:.0%} are dated between {hour:02.0f} and {hour + 1:02.0f} h: that may be when somebody "
                "looked and "
                "not when it failed; let the horizon be longer than that delay, or date them by the readings"
            )
        weekend = float(weekend or 0)
        if weekend < 0.05 and counts.rows >= 15:
            out.append(
                f"{'none is' if not weekend else f'{weekend:.0%} are'} dated on a weekend, where 29 % would fall "
                "by chance"
            )
    if counts.after_gap and counts.after_gap >= 0.1 * max(seen, 1):
        out.append(
            f"{counts.after_gap:,} of {seen:,} come after a pause of the readings: what led to them was not seen, "
            "and the "
            "pause itself tells of them too late"
        )
    if counts.repeats:
        out.append(
            f"within a day of another of the same machine and component {counts.repeats:,}, which are one outage "
            "(vars.outage_gap_hours)"
        )
    if counts.without_readings:
        out.append(f"of machines without readings {counts.without_readings:,}, which teach nothing")
    return out
