"""Which rows are usable: conditions on many rows at once, and a query that gives single odd rows their reasons."""

from collections.abc import Iterable

from ingestion import sql
from ingestion.feeds import AVAILABLE_AT, Column, Feed, Kind
from ingestion.source import Source
from ingestion.text_cells import CELLS
from warehouse.sql import ident, idents, literal

CHECKED = "landing_checked"
_SHOWN = 60


def odd_condition(feed: Feed, columns: Iterable[Column]) -> str:
    """SQL, true for a row that the reader has typed and should not have: with a value missing, unlikely or untrimmed.

    Numbers may be NaN or infinite, and text has not been trimmed.
    """
    conditions = []
    for column in columns:
        name = ident(column.name)
        if column.needed:
            conditions.append(f"{name} is null")
        if column.kind is Kind.NUMBER:
            conditions.append(f"not isfinite({name})")
        elif column.free:
            conditions.append(f"{name} is not null and not {sql.in_calendar(name)}")
        elif column.kind is Kind.TIME:
            conditions += [sql.too_late(column.name, feed.clock), sql.too_early(column.name, feed.clock)]
        elif column.kind is Kind.TEXT:
            conditions.append(f"not {sql.is_trimmed(name)}")
        if column.name == AVAILABLE_AT:
            conditions.append(_known_before_it_happened())
    return " or ".join(f"coalesce({condition}, false)" for condition in conditions)


def repeats_condition(feed: Feed) -> str:
    """SQL, true when a row may have the same key and availability time as the row stored before it.

    Rows are stored sorted by identity. One without an available_at sorts after those of its key that have one, and the
    feed's latency may give it the same moment.
    """
    same = [f"{ident(name)} is not distinct from lag({ident(name)}) over ()" for name in feed.key]
    if feed.timed:
        same.append(f"({AVAILABLE_AT} is null or {AVAILABLE_AT} = lag({AVAILABLE_AT}) over ())")
    return f"row_number() over () > 1 and {' and '.join(same)}"


def clashes_sql(feed: Feed, rows: str) -> str:
    """The keys of those of `rows` (a table, and a condition) that speak of the same thing and are not all needed."""
    having = "count(*) > 1"
    if feed.merges:
        values = [ident(column.name) for column in feed.sensors]
        twice = " or ".join(f"count({value}) > 1" for value in values)
        silent = " and ".join(f"{value} is null" for value in values)
        having += f" and ({twice} or count(*) filter (where {silent}) > 0)"
    return f"select {idents(feed.key)} from {rows} group by {_known_identity(feed)} having {having}"


def unusable_conditions(feed: Feed, source: Source, cells: dict[str, str]) -> list[str]:
    """Conditions under which a row is unusable by itself, by the text of its cells and its typed columns."""
    return [condition for column in source.columns for condition, _ in _reasons(feed, column, cells)]


def check_sql(feed: Feed, source: Source) -> str:
    """SQL that makes the temporary table CHECKED from CELLS: _line, _text, the typed columns of the feed, _reason.

    _reason is NULL for a row to store; else it says why the row is rejected. `_clash` marks rows that a later line
    contradicts, `_held` is the time for which a row is set aside.
    """
    cell = {column.name: f"_c{i}" for i, column in enumerate(source.columns)}
    typed = ", ".join(f"{typed_cell(feed, c, cell.get(c.name))} as {ident(c.name)}" for c in feed.columns)
    reasons = [f"when {when} then {then}" for column in source.columns for when, then in _reasons(feed, column, cell)]
    times = [column.name for column in source.columns if column.kind is Kind.TIME and not column.free]
    bounds = [(name, bound(name, feed.clock)) for name in times for bound in (sql.too_late, sql.too_early)]
    held = " ".join(f"when {condition} then {ident(name)}" for name, condition in bounds)
    return f"""
    create or replace temp table {CHECKED} as
    with typed as (
        select _line, _text, _problem, {", ".join(cell.values())}, {typed} from {CELLS}
    ),
    judged as (
        select *, case when _problem is not null then _problem {" ".join(reasons)} end as _unusable,
            {f"case when _problem is null then case {held} end end" if held else "null::timestamp"} as _set_aside
        from typed
    ),
    {_merged(feed) if feed.merges else _last_line_wins(feed)}
    select _line, _text, {idents(feed.names)}, _reason, _clash, null::timestamp as _held from resolved
    union all
    select _line, _text, {idents(feed.names)}, _unusable, false,
        case when {sql.in_calendar("_set_aside")} then _set_aside end
    from judged where _unusable is not null"""


def _last_line_wins(feed: Feed) -> str:
    """Of the usable rows with the same identity, as wholes, the last line is the valid one ..."""
    identity, values = _known_identity(feed), idents(feed.values) or "0"
    return f"""
    ranked as (
        select *, row({values}) as _said,
            max(_line) over same as _last, arg_max(row({values}), _line) over same as _final
        from judged where _unusable is null
        window same as (partition by {identity})
    ),
    -- ... and the first line with the same values is the one stored.
    agreed as (
        select *, _said is not distinct from _final as _agrees,
            min(_line) over (partition by {identity}, _said is not distinct from _final) as _first
        from ranked
    ),
    resolved as (
        select *, not _agrees as _clash, case
            when not _agrees then 'superseded by line ' || _last || ' of the same file'
            when _line > _first then 'repeats line ' || _first || ' of the same file'
        end as _reason
        from agreed
    )"""


def _merged(feed: Feed) -> str:
    """Rows that speak of the same thing together: of each sensor the last line with a value has the word.

    A value outside the sensor's range corrects none within it, in whichever file it comes. A row is stored while it
    says something that no other stored row of the file does; what it says otherwise than a later line is left out.
    """
    names = [ident(column.name) for column in feed.sensors]
    number = range(len(names))
    by_line = ", ".join(
        f"arg_max({name}, {_weight(column)}) filter (where {name} is not null) as _f{i}"
        for i, (name, column) in enumerate(zip(names, feed.sensors, strict=True))
    )
    agrees = " and ".join(f"({n} is null or {n} is not distinct from _f{i})" for i, n in enumerate(names))
    said_by = ", ".join(
        f"coalesce(min(_line) filter (where _agrees and {n} is not null), "
        f"max(_line) filter (where {n} is not distinct from _f{i} and {n} is not null)) as _l{i}"
        for i, n in enumerate(names)
    )
    lines = ", ".join(f"_l{i}" for i in number)
    kept = ", ".join(f"case when {n} is not distinct from _f{i} then {n} end as {n}" for i, n in enumerate(names))
    return f"""
    good as (
        select *, {_known_moment(feed)} as _moment from judged where _unusable is null
    ),
    finals as (
        select datetime, machineID, _moment, max(_line) as _last, {by_line}
        from good group by datetime, machineID, _moment
    ),
    agreed as (
        select good.*, finals.* exclude (datetime, machineID, _moment), {agrees} as _agrees
        from good join finals using (datetime, machineID, _moment)
    ),
    speakers as (
        select datetime, machineID, _moment, min(_line) as _first, {said_by}
        from agreed group by datetime, machineID, _moment
    ),
    resolved as (
        select agreed.* replace ({kept}), not _agrees as _clash, case
            when list_contains([{lines}], _line) or (coalesce({lines}) is null and _line = _first) then null
            when not _agrees and _line = _last
                then 'outside the range of its sensors, where an earlier line of the same file is within'
            when not _agrees then 'superseded by line ' || _last || ' of the same file'
            else 'repeats line ' || coalesce(least({lines}), _first) || ' of the same file'
        end as _reason
        from agreed join speakers using (datetime, machineID, _moment)
    )"""


def _weight(column: Column) -> str:
    """By what a value counts among others: its line, but behind all that could be true. NaN takes a reading back."""
    name = ident(column.name)
    return (
        f"_line + case when {name} between {column.low!r} and {column.high!r} or isnan({name}) then {2**60} else 0 end"
    )


def typed_cell(feed: Feed, column: Column, cell: str | None) -> str:
    """A cell's value, NULL where it is none; NULL for a column that the file lacks."""
    return sql.value(column, cell, feed.words) if cell else f"null::{column.kind.value}"


def _known_identity(feed: Feed) -> str:
    """SQL list of the key and the moment from which a row is known, its own or by the feed's latency."""
    return f"{idents(feed.key)}, {_known_moment(feed)}" if feed.timed else idents(feed.key)


def _known_moment(feed: Feed) -> str:
    return f"coalesce({AVAILABLE_AT}, datetime + interval '{feed.latency_hours} hours')"


def _known_before_it_happened() -> str:
    return f"{AVAILABLE_AT} < datetime"


def _reasons(feed: Feed, column: Column, cell: dict[str, str]) -> list[tuple[str, str]]:
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
    if column.kind is Kind.TIME and not column.free:
        unparsed = f"{text} is not null and {ident(column.name)} is null"
        if not column.needed:
            unparsed += f" and not {sql.is_word(text, feed.words.missing)}"
        pairs.append((unparsed, f"{says} || 'not a time such as 2025-01-31 06:00:00'"))
        pairs.append((sql.too_late(column.name, feed.clock), f"{says} || 'later than the moment of landing'"))
        early = f"earlier than {feed.clock.earliest}, the earliest of vars.plausible_clock"
        pairs.append((sql.too_early(column.name, feed.clock), f"{says} || '{early}'"))
    if column.name == AVAILABLE_AT:
        pairs.append((_known_before_it_happened(), f"{says} || 'earlier than datetime'"))
    return pairs


def lonely_reason(at: str = "datetime") -> str:
    """Why a row of a lonely stretch is set aside, as SQL."""
    return f"'datetime is \"' || {at} || '\": far from all other readings of the feed, and too few to be believed'"
