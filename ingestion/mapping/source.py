"""A mapped file as a source of rows: its expressions computed once, in a temporary table that all of landing reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingestion import sql
from ingestion.discover import Drop, printable
from ingestion.errors import RefusedError
from ingestion.feeds import Column
from ingestion.findings import FindingKind, Found, quoted
from ingestion.mapping.cells import Made
from ingestion.mapping.plan import SENSOR, EntryPlan, Tried, needed_of, sentence, try_on
from ingestion.mapping.reader import (
    REJECTS,
    Table,
    begin_reading,
    count_unread,
    open_table,
    unread_lines,
    unreadable_because,
)
from ingestion.mapping.times import clock_changes
from ingestion.source import Source
from warehouse.connection import Connection
from warehouse.sql import ident, literal

MAPPED = "landing_mapped"
_MOST = 3  # examples of what a lookup does not know


@dataclass(frozen=True)
class _File:
    """A file whose expressions are bound: by key what each makes; columns are those of the feed that it has."""

    plan: EntryPlan
    table: Table
    made: dict[str, Made]
    columns: dict[str, Column]

    @property
    def used(self) -> list[str]:
        heads = {head for one in self.made.values() for head in one.expression.heads}
        return [name for name in self.table.types if name.lower() in heads]

    @property
    def values(self) -> list[tuple[Made, Column | None]]:
        """What the table keeps of each row: the columns, and of a long file the reading and its sensor."""
        beside = [self.made[key] for key in ("long.value", f"columns.{SENSOR}") if key in self.made]
        return [*((self.made[key], column) for key, column in self.columns.items()), *((one, None) for one in beside)]

    def may_be_lost(self, made: Made, column: Column | None) -> bool:
        return made.name == "long.value" or (column is not None and column.may_be_lost)


def open_mapped(con: Connection, drop: Drop, plan: EntryPlan) -> Source:
    """Read a file by its entry of the mapping. Raises RefusedError where it cannot be read, or not by that entry."""
    table = open_table(con, drop, plan.entry)
    file = _bound(con, plan, table)
    begin_reading(con)
    try:
        with _errors_kept_apart(con):
            con.execute(_mapped_sql(file), table.parameters)
    except duckdb.Error as error:
        raise unreadable_because(drop, error) from None
    unread = count_unread(con)
    if unread:
        _count_lines(con)
    if not plan.feed.timed:
        _keep_the_last(con, file)
    return _source(con, file, unread)


@contextmanager
def _errors_kept_apart(con: Connection) -> Iterator[None]:
    """DuckDB computes what stands twice in a statement once, and then outside of the try() that should catch it."""
    [(before,)] = con.execute("select current_setting('disabled_optimizers')").fetchall()
    con.execute(f"set disabled_optimizers = '{','.join(filter(None, [before, 'common_subexpressions']))}'")
    try:
        yield
    finally:
        con.execute(f"set disabled_optimizers = '{before}'")


def _bound(con: Connection, plan: EntryPlan, table: Table) -> _File:
    taken = {name.lower() for name in table.types} & {name.lower() for name in plan.joins}
    if taken:
        name = min(taken)
        raise RefusedError(f"{table.drop.name} has a column {name}, as a lookup of vars.mapping is called; rename it.")
    tried = try_on(con, plan, table)
    for one in tried:
        if one.made is None and not one.may_be_absent:
            raise RefusedError(_refusal(plan, table, one))
    there = {one.column.name: one for one in tried if one.column is not None and one.made is not None}
    for column in needed_of(plan):
        if column.name not in there:
            raise RefusedError(
                f"{table.drop.name} has no column {column.name}; name in columns.{column.name} of {plan.place} in "
                f"vars.mapping what it is made of. {_has(table)}"
            )
    if plan.feed.merges and not plan.long and not any(column.name in there for column in plan.feed.sensors):
        raise RefusedError(
            f"{table.drop.name} has none of the sensors that {plan.place} of vars.mapping names, nor one of "
            f"vars.sensors by its name. {_has(table)}"
        )
    made = {one.key: one.made for one in tried if one.made is not None}
    order = [column.name for column in plan.feed.columns]
    columns = sorted((one for one in tried if one.column and one.made), key=lambda one: order.index(_name(one)))
    return _File(plan, table, made, {one.key: one.column for one in columns if one.column})


def _name(tried: Tried) -> str:
    return tried.column.name if tried.column else ""


def _refusal(plan: EntryPlan, table: Table, tried: Tried) -> str:
    text = plan.parsed[tried.key].text if tried.key in plan.parsed else tried.key
    return f"{table.drop.name}: {sentence(plan, tried.key, text, tried.reason)}; correct one of them. {_has(table)}"


def _has(table: Table) -> str:
    names = [printable(name) for name in table.types]
    more = f" and {len(names) - 20:,} more" if len(names) > 20 else ""
    return f"Its columns are {', '.join(names[:20])}{more}."


def _mapped_sql(file: _File) -> str:
    """One pass over the file: its used columns, the lookups, `where`, and then the expressions of the rows to use."""
    plan, table, made = file.plan, file.table, file.made
    cells = "".join(f", {table.cell(name)} as {ident(name)}" for name in file.used)
    lookups, unknown, joined = "", "", ""
    for name, key in plan.joins.items():
        lookup, keyed = plan.lookups[name], f"cast({_value(made[key])} as varchar)"
        lookups += f", {ident(name)}"
        unknown += f", case when {ident(name)} is null then {keyed} end as {ident(f'_u_{name}')}"
        joined += f"""
        left join (select _key, _row as {ident(name)} from {lookup.table}) as {ident(f"_by_{name}")}
            on {ident(f"_by_{name}")}._key = {sql.clean(keyed)}"""
    where = made.get("where")
    judged = [one for one in (where,) if one] + [
        one for one, _ in file.values if one.expression.windows and one is not where
    ]
    later = [one for one, _ in file.values if not one.plain and not one.expression.windows]
    told = [f"{ident(f'_u_{name}')} is not null" for name in plan.joins]
    chosen = f"where {' or '.join([_is_chosen(where), *told])}" if where else ""
    return f"""
    create or replace temp table {MAPPED} as
    with file as (select {table.row} as _row{cells} from {table.relation}),
    joined as (select file.*{lookups} from file{joined}),
    known as (select *{unknown} from joined),
    judged as (select *{_structs(judged)} from known),
    made as (select *{_structs(later)} from judged {chosen})
    select _row, _row + {table.first_line} as _line, {", ".join(_kept(file))} from made"""


def _structs(found: list[Made]) -> str:
    return "".join(f", {one.kept} as _e{one.at}" for one in found)


def _is_chosen(where: Made) -> str:
    """Also where it cannot be said, which is a problem of that row."""
    return f"(_e{where.at} is null or coalesce(_e{where.at}.v, false))"


def _value(made: Made) -> str:
    """Its value where it is needed at once, NULL where it fails."""
    return made.value if made.plain else f"{made.kept}.v"


def _kept(file: _File) -> list[str]:
    where, long = file.made.get("where"), file.plan.long
    use = _is_chosen(where) if where else "true"
    out, problems = [], []
    if where:
        problems.append(where)
    for made, column in file.values:
        out.append(f"{made.value if made.plain else f'_e{made.at}.v'} as _v{made.at}")
        if made.plain or made.expression.windows:
            continue
        if file.may_be_lost(made, column):
            out.append(f"case when _e{made.at} is null then {made.text()} end as _t{made.at}")
        else:
            problems.append(made)
    out += [f"_e{made.at}.l as _l{made.at}" for made, _ in file.values if made.local]
    if long:
        sensor = file.made[f"columns.{SENSOR}"]
        name = f"lower({sensor.value if sensor.plain else f'_e{sensor.at}.v'})"
        known = ", ".join(literal(column.name.lower()) for column in file.plan.feed.sensors)
        out.append(f"case when {use} and {name} not in ({known}) then {name} end as _u_sensor")
        use += f" and coalesce({name} in ({known}), false)"
    reasons = " ".join(f"when _e{one.at} is null then {one.problem}" for one in problems)
    out.append(f"{f'case {reasons} end' if reasons else 'null::varchar'} as _problem")
    out += [ident(f"_u_{name}") for name in file.plan.joins]
    return [f"{use} as _use", *out]


def _count_lines(con: Connection) -> None:
    """Of a file with lines that are no rows: every row's line, moved by those above it."""
    con.execute(
        f"""create or replace temp table {MAPPED} as
        with unread as (
            select line - row_number() over (order by line) as above, row_number() over (order by line) as lines
            from (select distinct line from temp.{REJECTS})
        ),
        steps as (select above, max(lines) as lines from unread group by above)
        select rows.* replace (_line + coalesce(steps.lines, 0) as _line)
        from {MAPPED} as rows asof left join steps on rows._line > steps.above"""
    )


def _keep_the_last(con: Connection, file: _File) -> None:
    """A list of machines may be made of their readings: what the last row says of each is what it says."""
    [at] = [made.at for made, column in file.values if column and column.name == "machineID"]
    con.execute(
        f"""delete from {MAPPED} where _use and _problem is null and _line not in (
            select max(_line) from {MAPPED} where _use and _problem is null group by _v{at}
        )"""
    )


def _source(con: Connection, file: _File, unread: int) -> Source:
    plan, table = file.plan, file.table
    lossy = [made for made, column in file.values if file.may_be_lost(made, column) and not _is_safe(made)]
    counts = "".join(f", count(_t{made.at}) filter (where _use)" for made in lossy)
    [(problems, *lost)] = con.execute(f"select count(_problem) filter (where _use){counts} from {MAPPED}").fetchall()
    failed = {made.at for made, number in zip(lossy, lost, strict=True) if number}
    columns, cells, typed = [], [], []
    for key, column in file.columns.items():
        cell, is_typed = _cell(file.made[key], failed)
        columns.append(column)
        cells.append(cell)
        typed.append(is_typed)
    if plan.long:
        cell, is_typed = _cell(file.made["long.value"], failed)
        at = file.made[f"columns.{SENSOR}"].at
        for column in plan.feed.sensors:
            columns.append(column)
            cells.append(f"case when lower(_v{at}) = {literal(column.name.lower())} then {cell} end")
            typed.append(is_typed)
    usable = f"(select * from {MAPPED} where _use and _problem is null)"
    odd = []
    if problems:
        odd.append(
            f"""select _line, _text, _problem from {MAPPED} left join ({table.texts}) using (_row)
            where _use and _problem is not null"""
        )
    if unread:
        odd.append(unread_lines(len(table.types)))
    order = {column.name: place for place, column in enumerate(plan.feed.columns)}
    places = sorted(range(len(columns)), key=lambda place: order[columns[place].name])
    return Source(
        drop=table.drop,
        columns=tuple(columns[place] for place in places),
        positions=(),
        width=len(table.types),
        extra=(),
        relation=usable,
        parameters=(),
        cells=tuple(cells[place] for place in places),
        typed=tuple(typed[place] for place in places),
        line="_line",
        row="_row",
        texts=table.texts,
        problems=" union all ".join(odd),
        found=(*_not_in_lookups(con, file), *_odd_hours(con, file)),
        silent=_silent(plan),
        long=plan.long is not None,
    )


def _is_safe(made: Made) -> bool:
    """Whether it has no column for what it failed on."""
    return made.plain or made.expression.windows


def _cell(made: Made, failed: set[int]) -> tuple[str, bool]:
    if made.at in failed:
        return f"coalesce(cast(_v{made.at} as varchar), _t{made.at})", False
    return f"_v{made.at}", made.typed


def _silent(plan: EntryPlan) -> frozenset[str]:
    """Columns that the file need not have: those that it was not asked for."""
    if plan.long:
        return frozenset()
    if plan.feed.timed:
        return plan.elsewhere
    named = {name.lower() for name in plan.entry.columns}
    return frozenset(column.name for column in plan.feed.columns if column.name.lower() not in named)


def _not_in_lookups(con: Connection, file: _File) -> list[Found]:
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


def _odd_hours(con: Connection, file: _File) -> list[Found]:
    """Local times that the clock tells twice, or never."""
    plan, out = file.plan, []
    for made, column in file.values:
        if not made.local or column is None:
            continue
        local = f"_l{made.at}"
        rows = f"from {MAPPED} where _use and isfinite({local})"
        [(first, last)] = con.execute(f"select min({local}), max({local}) {rows}").fetchall()
        if not isinstance(first, datetime):
            continue
        for skipped, kind in ((False, FindingKind.DOUBLED_HOUR), (True, FindingKind.SKIPPED_HOUR)):
            changes = [one for one in clock_changes(plan.entry.zone, first, last) if one.skipped is skipped]
            if not changes:
                continue
            hit = " or ".join(one.holds(local) for one in changes)
            [(times, example)] = con.execute(f"select count(*), min({local})::varchar {rows} and ({hit})").fetchall()
            if times:
                cure = f"write times with their offset, or in UTC, where {plan.entry.zone} cannot say which is meant"
                out.append(Found(plan.feed.name, file.table.drop.name, kind, column.name, times, str(example), cure))
    return out
