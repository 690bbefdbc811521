"""What the readings are like: how many, of whom, how often, with which gaps, repeats and times that cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingestion.mapping.times import ClockChange, clock_changes
from ingestion.spelling import meant_by
from warehouse.connection import Connection
from warehouse.sql import idents

MOST_ORDERED = 1_500_000  # rows that are put in the order of time; of more, those of some machines
_GAP_STEPS = 3
_STEADY = 0.25  # of the steps; where fewer are alike, readings come when something happens
_ZONES = ("Europe/Berlin", "Europe/London", "America/New_York")
_DAY = 86_400


@dataclass(frozen=True)
class Gaps:
    """Pauses of a machine, longer than `Profile.pause_seconds`: how many, on how many machines, and the longest."""

    count: int = 0
    machines: int = 0
    longest_seconds: float = 0
    longest_of: str = ""
    longest_from: datetime | None = None


@dataclass(frozen=True)
class Profile:
    """The readings. `looked_at`: of how many machines the order of time was looked at.

    step_seconds: the commonest, or that in the middle where too few are alike (`is_steady`); steady: the share of steps
    that are such. pause_seconds: a machine that is quiet for longer pauses.
    first, last: of believable times. future, early: readings beyond those. repeats: rows that say again what another
    said of a machine and moment; conflicts: that say otherwise. backwards: rows with an earlier time than the line
    above.
    """

    rows: int
    machines: int
    looked_at: int
    first: datetime | None
    last: datetime | None
    step_seconds: float
    steady: float
    pause_seconds: float = 0
    types: tuple[tuple[str, int], ...] = ()
    gaps: Gaps = Gaps()
    future: int = 0
    early: int = 0
    lone: int = 0
    repeats: int = 0
    conflicts: int = 0
    backwards: int = 0
    late_hours: tuple[float, float] | None = None
    midnight: bool = False
    zones: tuple[str, ...] = ()
    spelled: tuple[str, ...] = field(default=())

    @property
    def span(self) -> timedelta:
        """From the first to the last believable reading."""
        return self.last - self.first if self.first and self.last else timedelta()

    @property
    def days(self) -> float:
        """Of the span."""
        return self.span / timedelta(days=1)

    @property
    def is_steady(self) -> bool:
        """Whether readings come at a step, and not when something happens."""
        return self.steady >= _STEADY

    @property
    def step_words(self) -> str:
        """`1 h`, `15 min`, `10 s`; `17 min in the middle, for readings come at no step`."""
        words = seconds_in_words(self.step_seconds)
        return words if self.is_steady else f"{words} in the middle, for readings come at no step"


def seconds_in_words(seconds: float) -> str:
    """A duration in its largest whole unit."""
    for size, unit in ((_DAY, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:,.0f} s"


def profile_of(con: Connection, sensors: Sequence[str], zone: str = "") -> Profile | None:
    """Look at raw_telemetry; None where it has no row. Leaves `intake_few`, the rows of the machines looked at.

    `zone`: by whose clock the times have been read, where that has been found out.
    """
    [(rows, machines, future, early)] = con.execute(
        f"select count(*), count(distinct machineID), count(*) filter ({_FUTURE}), count(*) filter ({_EARLY}) "
        "from raw_telemetry"
    ).fetchall()
    if not rows:
        return None
    looked_at = _few(con, rows, machines)
    _steps(con)
    first, last, lone = _believable(con)
    step, steady = _step(con)
    pause = _pause(con, step, steady)
    repeats, conflicts = _repeats(con, sensors)
    return Profile(
        rows=rows,
        machines=machines,
        looked_at=looked_at,
        first=first,
        last=last,
        step_seconds=step,
        steady=steady,
        pause_seconds=pause,
        types=_types(con),
        gaps=_gaps(con, pause),
        future=future,
        early=early,
        lone=lone,
        repeats=repeats,
        conflicts=conflicts,
        backwards=_backwards(con),
        late_hours=_late(con),
        midnight=_at_midnight(con),
        zones=(zone,) if zone else _zones(con, first, last, step),
        spelled=_spelled(con),
    )


_FUTURE = "datetime > current_timestamp at time zone 'UTC' + interval 1 hour"
_EARLY = "datetime < timestamp '1990-01-01'"
_BELIEVED = f"not ({_FUTURE}) and not ({_EARLY})"


def _few(con: Connection, rows: int, machines: int) -> int:
    """The machines looked at in the order of time: all, or as many as MOST_ORDERED rows have room for."""
    some = max(1, int(machines * min(1.0, MOST_ORDERED / rows)))
    con.execute(
        f"""create or replace table intake_few as select * from raw_telemetry where machineID in (
        select machineID from raw_telemetry group by machineID order by hash(machineID) limit {some})"""
    )
    return min(some, machines)


def _steps(con: Connection) -> None:
    con.execute(
        f"""create or replace table intake_steps as select machineID, datetime, before, epoch(datetime - before) as
        seconds from (
            select machineID, datetime, lag(datetime) over (partition by machineID order by datetime) as before
            from (select distinct machineID, datetime from intake_few where {_BELIEVED})
        ) where before is not null"""
    )


def _believable(con: Connection) -> tuple[datetime | None, datetime | None, int]:
    """The span without rare times beyond a long pause of everything, and how many readings lie there."""
    found = con.execute(
        f"select date_trunc('day', datetime) as day, count(*) from raw_telemetry where {_BELIEVED} group by all "
        "order by 1"
    ).fetchall()
    parts: list[list[tuple[datetime, int]]] = []
    for day, count in found:
        if not parts or day - parts[-1][-1][0] > timedelta(days=45):
            parts.append([])
        parts[-1].append((day, count))
    if not parts:
        return None, None, 0
    total = sum(count for _, count in found)
    kept = [part for part in parts if sum(count for _, count in part) >= 0.01 * total]
    low, high = kept[0][0][0], kept[-1][-1][0] + timedelta(days=1)
    [(first, last, inside)] = con.execute(
        f"select min(datetime), max(datetime), count(*) from raw_telemetry where datetime >= timestamp '{low}' "
        f"and datetime < timestamp '{high}'"
    ).fetchall()
    return first, last, total - inside


def _step(con: Connection) -> tuple[float, float]:
    """Seconds between readings that come most often, and the share of steps that are such, within a tenth.

    Where these are few, the middle of what lies in the middle for each machine, as the model telemetry_step measures.
    """
    found = con.execute("select round(seconds), count(*) from intake_steps group by all order by 2 desc, 1").fetchall()
    total = sum(count for _, count in found)
    if not total:
        return 3600.0, 0.0
    step = max(1.0, float(min(seconds for seconds, count in found if count >= 0.8 * found[0][1])))
    steady = sum(count for seconds, count in found if 0.9 * step <= seconds <= 1.1 * step) / total
    if steady >= _STEADY:
        return step, steady
    [(middle,)] = con.execute(
        "select median(seconds) from (select median(seconds) as seconds from intake_steps group by machineID)"
    ).fetchall()
    return max(1.0, float(round(middle))), steady


def _pause(con: Connection, step: float, steady: float) -> float:
    """More than _GAP_STEPS steps; where there is no steady one, more than all but a hundredth of them too."""
    if steady >= _STEADY:
        return _GAP_STEPS * step
    [(usual,)] = con.execute("select quantile_cont(seconds, 0.99) from intake_steps").fetchall()
    return max(_GAP_STEPS * step, float(usual or 0))


def _gaps(con: Connection, pause: float) -> Gaps:
    [row] = con.execute(
        f"""select count(*), count(distinct machineID), max(seconds), arg_max(machineID, seconds), arg_max(before,
        seconds)
        from intake_steps where seconds > {pause}"""
    ).fetchall()
    return Gaps(int(row[0]), int(row[1]), float(row[2] or 0), str(row[3] or ""), row[4])


def _repeats(con: Connection, sensors: Sequence[str]) -> tuple[int, int]:
    """Rows of one machine and moment: those that say the same sensors again, and those that say otherwise."""
    if not sensors:
        return 0, 0
    clash = " or ".join(f"count(distinct {idents([name])}) > 1" for name in sensors)
    again = " or ".join(f"count({idents([name])}) > 1" for name in sensors)
    [(repeats, conflicts)] = con.execute(
        f"""select coalesce(sum(rows - 1) filter (again and not clash), 0), coalesce(sum(rows - 1) filter (clash), 0)
        from (
            select count(*) as rows, {clash} as clash, {again} as again from intake_few
            group by machineID, datetime having count(*) > 1)"""
    ).fetchall()
    return int(repeats), int(conflicts)


def _backwards(con: Connection) -> int:
    [(found,)] = con.execute(
        """select count(*) filter (datetime < before) from (
        select datetime, lag(datetime) over (partition by _file, machineID order by _line) as before from intake_few)"""
    ).fetchall()
    return int(found)


def _late(con: Connection) -> tuple[float, float] | None:
    [(median, most)] = con.execute(
        """select quantile_cont(epoch(available_at - datetime) / 3600, 0.5),
        quantile_cont(epoch(available_at - datetime) / 3600, 0.99) from intake_few"""
    ).fetchall()
    return None if median is None else (float(median), float(most))


def _at_midnight(con: Connection) -> bool:
    [(share,)] = con.execute("select avg((datetime = date_trunc('day', datetime))::int) from intake_few").fetchall()
    return float(share or 0) > 0.99


def _zones(con: Connection, first: datetime | None, last: datetime | None, step: float) -> tuple[str, ...]:
    """Zones by whose clock the times look local: in spring an hour is missing, or in autumn one comes twice."""
    if first is None or last is None or step > 3600:
        return ()
    [(long,)] = con.execute("select count(*) from raw_long").fetchall()
    rows, key = ("raw_long", "machineID, sensor, datetime") if long else ("intake_few", "machineID, datetime")
    out = []
    for zone in _ZONES:
        hits, misses = 0, 0
        for change in clock_changes(zone, first, last):
            told = _tells_the_change(con, change, rows, key)
            hits, misses = hits + (told is True), misses + (told is False)
        if hits and not misses:
            out.append(zone)
    return tuple(out)


def _tells_the_change(con: Connection, change: ClockChange, rows: str, key: str) -> bool | None:
    """Whether readings stop for the hour left out, or come twice in the one told twice; None: cannot be told."""
    hit = change.holds("datetime")
    [(inside, kinds, before, after)] = con.execute(
        f"""select count(*) filter ({hit}), count(distinct ({key})) filter ({hit}),
        count(*) filter (datetime < timestamp '{change.first}'), count(*) filter (datetime >= timestamp
        '{change.until}')
        from {rows} where datetime >= timestamp '{change.first}' - interval 3 hours
        and datetime < timestamp '{change.until}' + interval 3 hours"""
    ).fetchall()
    if not before or not after:
        return None
    if change.skipped:
        return bool(inside == 0) if before >= 3 and after >= 3 else None
    return bool(inside > 1.3 * kinds)


def _types(con: Connection) -> tuple[tuple[str, int], ...]:
    found = con.execute(
        """select model, count(distinct machineID) from raw_machines where model is not null
        group by all order by 2 desc, 1"""
    ).fetchall()
    return tuple((str(model), int(count)) for model, count in found)


def _spelled(con: Connection) -> tuple[str, ...]:
    """Machines of events that readings spell otherwise."""
    known = [row[0] for row in con.execute("select distinct machineID from raw_telemetry").fetchall()]
    out = []
    for feed in ("machines", "failures", "errors", "maint"):
        unknown = con.execute(
            f"select machineID, count(*) from raw_{feed} where machineID not in (select distinct machineID from "
            "raw_telemetry) group by all order by 2 desc, 1"
        ).fetchall()
        if not unknown:
            continue
        meant = meant_by([row[0] for row in unknown], known)
        if feed == "machines" and not meant:
            continue  # one that has sent nothing yet
        rows = sum(row[1] for row in unknown)
        shown = ", ".join(f"{row[0]} (meant is {meant[row[0]]}?)" if row[0] in meant else row[0] for row in unknown[:4])
        out.append(
            f"{rows:,} row{'s' if rows > 1 else ''} of {feed} are of machines without readings: {shown}"
            + (f" and {len(unknown) - 4} more" if len(unknown) > 4 else "")
        )
    return tuple(out)
