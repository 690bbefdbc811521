"""Which rows are usable: one query over rows that took the fast path, and row by row with reasons on the exact path."""

from ingestion import sql
from ingestion.feeds import AVAILABLE_AT, Column, Feed, Kind
from ingestion.source import Source
from ingestion.text_cells import CELLS
from warehouse.sql import ident, idents, literal

CHECKED = "landing_checked"
_SHOWN = 60


def odd_condition(feed: Feed) -> str:
    """SQL, true for a stored row that needs the exact path; reads `_repeats` of `repeats_condition`."""
    conditions = [f"{ident(column.name)} is null" for column in feed.columns if column.needed]
    conditions += [_implausible(column) for column in feed.columns]
    if feed.timed:
        conditions.append(_known_before_it_happened())
    return " or ".join(f"coalesce({condition}, false)" for condition in [*conditions, "_repeats"])


def repeats_condition(feed: Feed) -> str:
    """SQL, true when a row may have the same key and availability time as the row stored before it.

    Rows are stored sorted by identity. One without an available_at sorts after those of its key that have one, and the
    feed's latency may give it the same moment.
    """
    same = [f"{ident(name)} is not distinct from lag({ident(name)}) over ()" for name in feed.key]
    if feed.timed:
        same.append(f"({AVAILABLE_AT} is null or {AVAILABLE_AT} = lag({AVAILABLE_AT}) over ())")
    return f"row_number() over () > 1 and {' and '.join(same)}"


def check_sql(feed: Feed, source: Source) -> str:
    """SQL that makes the temporary table CHECKED from CELLS: _line, _text, the typed columns of the feed, _reason.

    _reason is NULL for a row to store; else it says why the row is rejected.
    """
    cell = {column.name: f"_c{i}" for i, column in enumerate(source.columns)}
    typed = ", ".join(f"{_typed(column, cell.get(column.name))} as {ident(column.name)}" for column in feed.columns)
    reasons = [f"when {when} then {then}" for column in source.columns for when, then in _reasons(column, cell)]
    identity, values = _known_identity(feed), idents(feed.values) or "0"
    return f"""
    create or replace temp table {CHECKED} as
    with typed as (
        select _line, _text, _problem, {", ".join(cell.values())}, {typed} from {CELLS}
    ),
    judged as (
        select *, case when _problem is not null then _problem {" ".join(reasons)} end as _unusable from typed
    ),
    -- Of the usable rows with the same identity, the last line is the valid one ...
    ranked as (
        select *, row({values}) as _said,
            max(_line) over same as _last, arg_max(row({values}), _line) over same as _final
        from judged where _unusable is null
        window same as (partition by {identity})
    ),
    -- ... and the first line with the same values is the one stored.
    resolved as (
        select *, _said is not distinct from _final as _agrees,
            min(_line) over (partition by {identity}, _said is not distinct from _final) as _first
        from ranked
    )
    select _line, _text, {idents(feed.names)}, case
        when not _agrees then 'superseded by line ' || _last || ' of the same file'
        when _line > _first then 'repeats line ' || _first || ' of the same file'
        end as _reason
    from resolved
    union all
    select _line, _text, {idents(feed.names)}, _unusable from judged where _unusable is not null"""


def _known_identity(feed: Feed) -> str:
    """SQL list of the key and the moment from which a row is known, its own or by the feed's latency."""
    if not feed.timed:
        return idents(feed.key)
    return f"{idents(feed.key)}, coalesce({AVAILABLE_AT}, datetime + interval '{feed.latency_hours} hours')"


def _typed(column: Column, cell: str | None) -> str:
    return sql.value(column, cell, "try_cast") if cell else f"null::{column.kind.value}"


def _implausible(column: Column) -> str:
    if column.kind is Kind.TEXT:  # the fast path stores text untrimmed: trimming every cell costs a fifth
        return f"{ident(column.name)} is distinct from {sql.clean(ident(column.name))}"
    return sql.out_of_range(column.name) if column.kind is Kind.NUMBER else sql.out_of_time(column.name)


def _known_before_it_happened() -> str:
    return f"{AVAILABLE_AT} < datetime"


def _reasons(column: Column, cell: dict[str, str]) -> list[tuple[str, str]]:
    """(condition, reason) pairs of one column, as SQL; the first that holds is given."""
    text = cell[column.name]
    what = literal(f'{column.name} is "')
    says = f"{what} || left({text}, {_SHOWN}) || case when length({text}) > {_SHOWN} then '...' else '' end || '\": '"
    pairs = []
    if column.needed:
        pairs.append((f"{text} is null", literal(f"{column.name} is missing")))
    if column.choices:
        words = ", ".join(column.choices)
        unknown = f"{text} is not null and {ident(column.name)} is null"
        pairs.append((unknown, f"{says} || {literal(f'not one of {words}; write one of these')}"))
    if column.kind is Kind.NUMBER:
        parsed = f"try_cast({text} as double)"
        pairs.append((f"{text} is not null and {parsed} is null", f"{says} || 'not a number'"))
        pairs.append((f"isinf({parsed})", f"{says} || 'not a finite number'"))
        limits = f"not between -{sql.READING_LIMIT} and {sql.READING_LIMIT}"
        pairs.append((sql.out_of_range(column.name), f"{says} || '{limits}'"))
    if column.kind is Kind.TIME:
        unparsed = f"{text} is not null and {ident(column.name)} is null"
        pairs.append((unparsed, f"{says} || 'not a time such as 2025-01-31 06:00:00'"))
        span = f"not between the year {sql.FIRST_YEAR} and now"
        pairs.append((sql.out_of_time(column.name), f"{says} || '{span}'"))
    if column.name == AVAILABLE_AT:
        pairs.append((_known_before_it_happened(), f"{says} || 'earlier than datetime'"))
    return pairs
