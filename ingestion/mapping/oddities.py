"""What is odd about a mapped file before its rows are looked at: unknown codes and tags, hours told twice or never."""

from datetime import datetime

from ingestion.findings import FindingKind, Found, quoted
from ingestion.mapping.bound import BoundFile
from ingestion.mapping.cells import MadeValue
from ingestion.mapping.entry import SENSOR
from ingestion.mapping.statement import MAPPED
from ingestion.mapping.times import ClockChange, clock_changes
from warehouse.connection import Connection
from warehouse.sql import ident

_KEYS = ("machineID", "errorID", "comp", "failure")  # of a row, beside its time
_MOST = 3  # examples of what a lookup does not know


def not_in_lookups(con: Connection, file: BoundFile) -> list[Found]:
    """Codes and tags that the lookups do not know, and sensors that vars.sensors does not name."""
    plan, out = file.plan, []
    columns = {f"_u_{name}": (name, f"add them to {plan.lookups[name].name}") for name in plan.joins}
    if plan.long:
        columns["_u_sensor"] = (SENSOR, "name them in vars.sensors, or leave their tags out by `where`")
    for column, (name, cure) in columns.items():
        found = con.execute(
            f"""select {ident(column)}, count(*), sum(count(*)) over ()::bigint, count(*) over () from {MAPPED}
            where {ident(column)} is not null group by all order by 2 desc, 1 limit {_MOST}"""
        ).fetchall()
        if found:
            shown = ", ".join(
                f"{quoted(value)} {rows:,} times" if rows > 1 else quoted(value) for value, rows, *_ in found
            )
            more = f" and {found[0][3] - len(found):,} more" if found[0][3] > len(found) else ""
            example = f"{shown}{more}"
            out.append(
                Found(plan.feed.name, file.table.drop.name, FindingKind.NOT_IN_LOOKUP, name, found[0][2], example, cure)
            )
    return out


def odd_hours(con: Connection, file: BoundFile) -> list[Found]:
    """Local times that the clock tells twice, or never; of those that it tells twice both are kept where both came."""
    plan, out = file.plan, []
    for made, column in file.values:
        if not made.local or column is None:
            continue
        local = f"_l{made.at}"
        # One row of the year 9999 would make it look through as many years of changes.
        soon = "(current_timestamp at time zone 'UTC') + interval 2 days"
        rows = f"from {MAPPED} where _use and {local} between timestamp '{plan.feed.clock.earliest}' and {soon}"
        [(first, last)] = con.execute(f"select min({local}), max({local}) {rows}").fetchall()
        if not isinstance(first, datetime):
            continue
        changes = list(clock_changes(plan.entry.zone, first, last))
        for kind, some in (
            (FindingKind.DOUBLED_HOUR, [one for one in changes if not one.skipped]),
            (FindingKind.SKIPPED_HOUR, [one for one in changes if one.skipped]),
        ):
            hit = " or ".join(one.holds(local) for one in some) or "false"
            [(times, example)] = con.execute(f"select count(*), min({local})::varchar {rows} and ({hit})").fetchall()
            if times:
                cure = f"write times with their offset, or in UTC, where {plan.entry.zone} cannot say which is meant"
                out.append(Found(plan.feed.name, file.table.drop.name, kind, column.name, times, str(example), cure))
                if kind is FindingKind.DOUBLED_HOUR and column.needed:
                    _tell_apart(con, file, made, some)
    return out


def _tell_apart(con: Connection, file: BoundFile, made: MadeValue, doubled: list[ClockChange]) -> None:
    """Of a machine's two readings at one local time the first in the order of the lines is the earlier one."""
    key = [one.at for one, column in file.values if one is not made and (column is None or column.name in _KEYS)]
    of_one = ", ".join([f"_l{made.at}", *(f"_v{at}" for at in key if not _is_value(file, at))])
    [(backwards,)] = con.execute(
        f"select arg_min(_l{made.at}, _line) > arg_max(_l{made.at}, _line) from {MAPPED} where _use"
    ).fetchall()
    for change in doubled:
        con.execute(
            f"""update {MAPPED} set _v{made.at} = _v{made.at} - ?::interval where _line in (
                select _line from {MAPPED} where _use and _problem is null and {change.holds(f"_l{made.at}")}
                qualify count(*) over (partition by {of_one}) = 2
                    and row_number() over (partition by {of_one} order by _line {"desc" if backwards else ""}) = 1
            )""",
            [change.until - change.first],
        )


def _is_value(file: BoundFile, at: int) -> bool:
    return "long.value" in file.made and file.made["long.value"].at == at
