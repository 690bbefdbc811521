"""A mapped file as a source of rows: its expressions computed once, in a temporary table that all of landing reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from ingestion.discover import Drop
from ingestion.errors import RefusedError
from ingestion.mapping.bound import BoundFile, bind_file
from ingestion.mapping.cells import MadeValue
from ingestion.mapping.entry import SENSOR, EntryPlan
from ingestion.mapping.lines import RECORDS, records_of
from ingestion.mapping.meaning import meaning_of
from ingestion.mapping.oddities import not_in_lookups, odd_hours
from ingestion.mapping.reader import (
    Table,
    count_unread,
    open_table,
    unread_lines,
    unreadable_because,
)
from ingestion.mapping.several import set_apart, united
from ingestion.mapping.statement import MAPPED, mapped_sql
from ingestion.rejects import REJECTS, forget_rejects
from ingestion.source import Source
from warehouse.connection import Connection
from warehouse.sql import literal

TAKEN = "landing_taken"  # rows of a file that `where` of some entry chooses


def open_mapped(con: Connection, drop: Drop, plans: tuple[EntryPlan, ...]) -> Source:
    """Read a file by its entries of the mapping. Raises RefusedError where it cannot be read, or not by one of them."""
    first, *others = plans
    for plan in others:
        if plan.entry.read != first.entry.read:
            raise RefusedError(
                f"{drop.name} is read by vars.mapping.{first.place}.read and vars.mapping.{plan.place}.read; make both "
                "the same."
            )
    table = open_table(con, drop, first.entry)
    con.execute(f"create or replace temp table {TAKEN} (_row bigint)")
    if not others:
        return _open_one(con, table, first)
    return united([set_apart(con, _open_one(con, table, plan), at) for at, plan in enumerate(plans)], first.feed)


def _open_one(con: Connection, table: Table, plan: EntryPlan) -> Source:
    file = bind_file(con, plan, table)
    forget_rejects(con)
    try:
        with errors_kept_apart(con):
            con.execute(mapped_sql(file), table.parameters)
        unread = count_unread(con)
        rows = _number_lines(con, table, unread)
    except duckdb.Error as error:
        raise unreadable_because(table.drop, error) from None
    con.execute(f"insert into {TAKEN} select _row from {MAPPED} where _chosen")
    [(taken,)] = con.execute(f"select count(distinct _row) from {TAKEN}").fetchall()
    if not plan.feed.timed:
        _keep_the_last(con, file)
    return replace(_source(con, file, unread), left_out=max(rows - taken, 0))


@contextmanager
def errors_kept_apart(con: Connection) -> Iterator[None]:
    """DuckDB computes what stands twice in a statement once, and then outside of the try() that should catch it."""
    [(before,)] = con.execute("select current_setting('disabled_optimizers')").fetchall()
    con.execute(f"set disabled_optimizers = '{','.join(filter(None, [before, 'common_subexpressions']))}'")
    try:
        yield
    finally:
        con.execute(f"set disabled_optimizers = '{before}'")


def _number_lines(con: Connection, table: Table, unread: int) -> int:
    """How many rows the file has; every row, and every line that is none, gets the line on which it begins."""
    if table.read is None:
        [(rows,)] = con.execute(f"select count(*) from {table.relation}", table.parameters).fetchall()
        return int(rows)
    records = records_of(con, table.path, table.read, table.above)
    header = table.first_line - table.above
    if records.regular and not unread:
        return records.count - header
    [(rows,)] = con.execute(f"select count(*) from {table.lenient}").fetchall()
    records.number(con)
    [(numbered,)] = con.execute(f"select count(*) from {RECORDS}").fetchall()
    if numbered != rows + unread + header:  # quotes within cells: the lines are as DuckDB says them
        return int(rows)
    known = f"where said not in (select line from temp.{REJECTS})" if unread else ""
    con.execute(
        f"""create or replace temp table {MAPPED} as
        with lines as (select here, row_number() over (order by here) - {header} as _row from {RECORDS} {known})
        select {MAPPED}.* replace (here as _line) from {MAPPED} join lines using (_row)"""
    )
    if unread:
        con.execute(f"update temp.{REJECTS} set line = here from {RECORDS} where line = said")
    return int(rows)


def _keep_the_last(con: Connection, file: BoundFile) -> None:
    """A list of machines may be made of their readings: what the last row says of each is what it says."""
    [at] = [made.at for made, column in file.values if column and column.name == "machineID"]
    con.execute(
        f"""delete from {MAPPED} where _use and _problem is null and _line not in (
            select max(_line) from {MAPPED} where _use and _problem is null group by _v{at}
        )"""
    )


def _source(con: Connection, file: BoundFile, unread: int) -> Source:
    plan, table = file.plan, file.table
    lossy = [made for made, column in file.values if file.may_lose(made, column) and not _is_safe(made)]
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
            if plan.tagged is not None and column.name.lower() not in plan.tagged:
                continue
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
        found=(*not_in_lookups(con, file), *odd_hours(con, file)),
        silent=_silent(plan),
        long=plan.long is not None,
        meaning=meaning_of(con, [plan]),
        keeps=table.copy,
    )


def _is_safe(made: MadeValue) -> bool:
    """Whether it has no column for what it failed on."""
    return made.plain or made.expression.windows


def _cell(made: MadeValue, failed: set[int]) -> tuple[str, bool]:
    if made.at in failed:
        return f"coalesce(cast(_v{made.at} as varchar), _t{made.at})", False
    return f"_v{made.at}", made.typed


def _silent(plan: EntryPlan) -> frozenset[str]:
    """Columns that the file need not have: those that it was not asked for."""
    if plan.feed.timed:
        return plan.elsewhere
    named = {name.lower() for name in plan.entry.columns}
    return frozenset(column.name for column in plan.feed.columns if column.name.lower() not in named)
