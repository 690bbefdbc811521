"""Every row of a file typed from its text, in a temporary table: which are usable as they are, which need a look.

Rows of a CSV file are its lines here, each read as if it were a record of its own. A line with quotes that do not
close on it, or not as they should, is odd; what it and the lines behind it mean, `csv_lines.records_at` finds out.
"""

from contextlib import suppress

import duckdb

from ingestion import sql
from ingestion.checks import CHECKED, typed_cell, unusable_conditions
from ingestion.csv_lines import line_batches
from ingestion.errors import RefusedError
from ingestion.feeds import Column, Feed, Kind
from ingestion.source import Source
from ingestion.text_cells import ABSORBED, CELLS
from warehouse.connection import Connection
from warehouse.sql import ident

TYPED_LINES = "landing_staged"
LONG_LINE = 2**17  # bytes; Python's csv reads no longer cells
_PLAIN = '[^",]*|"[^",]*"'
_WELL = '"(?:[^"]|"")*"|[^",]*'


def stage(con: Connection, source: Source, feed: Feed) -> None:
    """Make TYPED_LINES: _line, the columns of the feed typed, _lost and _odd.

    _lost lists the text of cells of number columns and free times that became NULL, one entry a column of the source,
    or is NULL where there is none. Rows that are _odd count for nothing else. Raises RefusedError for a CSV file that
    is none, and duckdb.Error for a Parquet file that cannot be read.
    """
    if not source.is_text:
        con.execute(_staged_sql(source, feed, _typed_rows(source)), source.parameters)
        return
    refusal: list[RefusedError] = []
    con.register("landing_lines", line_batches(source.drop, refusal.append))
    try:
        con.execute(_staged_sql(source, feed, _csv_rows(source)))
    except duckdb.Error:
        if refusal:
            raise refusal[0] from None
        raise
    finally:
        with suppress(duckdb.Error):
            con.unregister("landing_lines")


def kept_rows(columns: str = "*") -> str:
    """A query for `columns` of the staged rows that are stored as they are: those that CELLS does not have."""
    taken = f"select _line from {CELLS} union all select _line from {ABSORBED}"
    return f"select {columns} from {TYPED_LINES} where not _odd and _line not in ({taken})"


def lost_cells(feed: Feed, column: Column, index: int) -> str:
    """A query for the text of cells, as _c and the index, that became NULL in rows that are stored."""
    there = f"_c{index} is not null and {typed_cell(feed, column, f'_c{index}')} is null"
    rejected = f"select _line from {CHECKED} where _reason is not null"
    return f"""
    select * from ({kept_rows(f"_lost[{index + 1}] as _c{index}")} and _lost[{index + 1}] is not null)
    union all select _c{index} from {CELLS} where {there} and _line not in ({rejected})"""


def _typed_rows(source: Source) -> str:
    cells = ", ".join(f"cast({cell} as varchar) as _r{i}" for i, cell in enumerate(source.cells))
    return f"select {source.line} as _line, false as _bad, {cells} from {source.relation}"


def _csv_rows(source: Source) -> str:
    cells = ", ".join(f"_cells[{at + 1}] as _r{i}" for i, at in enumerate(source.positions))
    width = source.width
    return f"""
    select _line, {cells}, case
            when _cells is null or _long then true
            when len(_cells) = {width} then false
            when len(_cells) < {width} then true
            else trim(array_to_string(_cells[{width + 1}:], ''), {sql.SPACE}) <> ''
        end as _bad
    from (
        select _line, strlen(_text) > {LONG_LINE} as _long, case
            when not contains(_text, '"') then string_split(_text, ',')
            when regexp_full_match(_text, '{_each(_PLAIN)}') then string_split(replace(_text, '"', ''), ',')
            when regexp_full_match(_text, '{_each(_WELL)}') then list_transform(
                regexp_extract_all(',' || _text, ',({_WELL})', 1),
                lambda cell: case when starts_with(cell, '"') then replace(cell[2:-2], '""', '"') else cell end)
        end as _cells
        from landing_lines where _line >= {source.first_line}
    )"""


def _each(cell: str) -> str:
    return f"(?:{cell})(?:,(?:{cell}))*[\\r\\n]*"


def _staged_sql(source: Source, feed: Feed, rows: str) -> str:
    columns = list(enumerate(source.columns))
    parsed = ", ".join(f"{_parsed(column, f'_r{i}')} as _p{i}" for i, column in columns)
    texts = ", ".join(f"{_text(column, f'_r{i}', f'_p{i}')} as _t{i}" for i, column in columns)
    at = {column.name: i for i, column in columns}
    typed = ", ".join(
        f"{_typed(feed, column, at[column.name]) if column.name in at else f'null::{column.kind.value}'}"
        f" as {ident(column.name)}"
        for column in feed.columns
    )
    cells = {column.name: f"_t{i}" for i, column in columns}
    reasons = " ".join(f"when {condition} then true" for condition in unusable_conditions(feed, source, cells))
    lost = [
        f"case when {ident(column.name)} is null then _t{i} end" if column.may_be_lost else "null"
        for i, column in columns
    ]
    any_lost = " or ".join(f"{one} is not null" for one in lost if one != "null") or "false"
    names = ", ".join(ident(column.name) for column in feed.columns)
    return f"""
    create or replace temp table {TYPED_LINES} as
    with cells as ({rows}),
    parsed as (select *, {parsed} from cells),
    texts as (select _line, _bad, {", ".join(f"_p{i}" for i, _ in columns)}, {texts} from parsed),
    typed as (select _line, _bad, {", ".join(f"_t{i}" for i, _ in columns)}, {typed} from texts)
    select _line, {names},
        case when {any_lost} then [{", ".join(lost)}]::varchar[] end as _lost,
        case when _bad then true {reasons} else false end as _odd
    from typed"""


def _parsed(column: Column, raw: str) -> str:
    """The value of most cells, found without trimming them; for the others anything that `_is_parsed` denies."""
    if column.kind is Kind.NUMBER:
        return f"try_cast({raw} as double)"
    if _is_plain_time(column):
        plain = f"{sql.is_plain_time(raw)} and {raw} >= '!' and not suffix({raw}, ' ')"
        return f"case when {plain} then try_cast({raw} as timestamp) end"
    return "null"


def _is_parsed(column: Column, parsed: str) -> str:
    return f"isfinite({parsed})" if column.kind is Kind.NUMBER else f"{parsed} is not null"


def _is_plain_time(column: Column) -> bool:
    return column.kind is Kind.TIME and column.needed


def _text(column: Column, raw: str, parsed: str) -> str:
    """The cell's cleaned text; of a number that was parsed, NULL."""
    if column.kind is Kind.NUMBER:
        return f"case when {_is_parsed(column, parsed)} then null else {sql.clean(raw)} end"
    if _is_plain_time(column):
        return f"case when {_is_parsed(column, parsed)} then {raw} else {sql.clean(raw)} end"
    return f"case when {sql.is_plain(raw)} then {raw} else {sql.clean(raw)} end"


def _typed(feed: Feed, column: Column, i: int) -> str:
    exact = sql.value(column, f"_t{i}", feed.words)
    if column.kind is Kind.NUMBER or _is_plain_time(column):
        return f"case when {_is_parsed(column, f'_p{i}')} then _p{i} when _t{i} is not null then {exact} end"
    return exact
