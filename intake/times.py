"""In which format a column says its times: what reads it, and what else could be meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingestion import sql
from intake.sample import Sample
from warehouse.sql import ident, literal

ENOUGH, SOME = 0.9, 0.5  # of the values must be read: of any column, and of one whose name says that it holds times
_MOST_VALUES = 3_000
_DATES = {
    "day first": (
        "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d-%B-%Y",
    ),
    "month first": ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%b %d %Y", "%b %d, %Y"),
    "year first": ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d", "%Y-%b-%d"),
}  # fmt: skip
_CLOCKS = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    "T%H:%M",
    "T%H:%M:%S",
    "%H%M%S",
    " %H.%M.%S",
)
_TIME_OF_DAY = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_LEAST = "timestamp '1900-01-01'"
_ZONED = r"([A-Za-z_/]+|[+-]\d{2}(:?\d{2})?)$"  # Z and UTC, too, and the names of zones
_EPOCHS = (("seconds", 1.0), ("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9))
_FROM, _UNTIL = 631_152_000.0, 2_524_608_000.0  # 1990 and 2050, in seconds since 1970


@dataclass(frozen=True)
class TimeFormat:
    """How times are read: a DuckDB expression over the file's columns, and that in words.

    share: of the sample's values that it reads. zoned: whether the values say their offset. otherwise: what else could
    be meant, as words and expression. days: whether no value says an hour.
    """

    columns: tuple[str, ...]
    expression: str
    words: str
    share: float = 1.0
    zoned: bool = False
    days: bool = False
    otherwise: tuple[tuple[str, str], ...] = ()
    cycles: bool = False


def time_format(sample: Sample, column: str, named: bool) -> TimeFormat | None:
    """The format of a column; None for one that holds no times. `named`: whether its name says that it does."""
    facts = sample.columns[column]
    cell = ident(column)
    if facts.is_time:
        zoned = "TIME ZONE" in facts.kind or facts.kind.startswith("TIMESTAMPTZ")
        days = facts.kind == "DATE"
        return TimeFormat((column,), cell, "a date" if days else "a time by its type", zoned=zoned, days=days)
    if facts.kind != "VARCHAR" and not facts.is_number:
        return None
    if not facts.is_number:
        return _in_text(sample, (column,), cell, SOME if named else ENOUGH)
    if not named:
        return None
    return _epoch(sample, column) or (_in_text(sample, (column,), cell) if facts.kind == "VARCHAR" else None)


def date_and_time(sample: Sample, date: str, clock: str) -> TimeFormat | None:
    """A date and a time of day in two columns."""
    kinds = sample.columns[date].kind, sample.columns[clock].kind
    if kinds[0] == "DATE" and _is_time_type(kinds[1]):
        made, zoned = f"{ident(date)} + {ident(clock)}", "TIME ZONE" in kinds[1]
        return TimeFormat((date, clock), made, "a date and a time by their types", zoned=zoned)
    return _in_text(sample, (date, clock), f"{ident(date)} || ' ' || {ident(clock)}")


def is_time_of_day(sample: Sample, column: str) -> bool:
    """Whether the values are hours and minutes."""
    kind = sample.columns[column].kind
    if kind != "VARCHAR":
        return _is_time_type(kind)
    cell = ident(column)
    found = sample.one(f"count({cell}), count(*) filter (regexp_full_match({cell}, {literal(_TIME_OF_DAY)}))")
    return bool(found[0]) and found[0] == found[1]


def _is_time_type(kind: str) -> bool:
    return kind.startswith("TIME") and not kind.startswith("TIMESTAMP")


def _epoch(sample: Sample, column: str) -> TimeFormat | None:
    facts, cell = sample.columns[column], ident(column)
    if facts.low is None or facts.high is None:
        return None
    low, high = facts.low, facts.high
    for words, factor in _EPOCHS:
        if low / factor >= _FROM and high / factor <= _UNTIL:
            made = f"to_timestamp({cell}::double)" if factor == 1 else f"to_timestamp({cell}::double / {factor:.0f})"
            return TimeFormat((column,), made, f"{words} since 1970", zoned=True)
    if low >= _FROM and high / 1e3 <= _UNTIL and facts.distinct > 1 and high >= _FROM * 1e3:
        made = (
            f"to_timestamp(case when {cell}::double > 100000000000 then {cell}::double / 1000 else {cell}::double end)"
        )
        return TimeFormat((column,), made, "seconds and milliseconds since 1970, mixed", zoned=True)
    if low >= 25_000 and high <= 60_000:
        made = f"timestamp '1899-12-30' + to_microseconds(({cell}::double * 86400000000)::bigint)"
        return TimeFormat((column,), made, "days as a spreadsheet counts them", days=facts.is_whole)
    return None


def _in_text(sample: Sample, columns: tuple[str, ...], cell: str, least: float = ENOUGH) -> TimeFormat | None:
    values = f"(select distinct {cell} as v from {sample.table} where {cell} is not null limit {_MOST_VALUES})"
    con = sample.con
    # A bare number is no time for landing, whatever its cast might say.
    plain = f"case when regexp_matches(v, '[-:/T]|^\\d{{8}}$') then {sql.time('v', 'try_cast')} end"
    [(count, iso, zoned, hours)] = con.execute(
        f"""select count(*), count(m), count(m) filter (regexp_matches(v, '{_ZONED}') and length(v) > 10),
        count(m) filter (date_trunc('day', m) <> m) from (select v, {plain} as m from {values})"""
    ).fetchall()
    if not count:
        return None
    if iso >= ENOUGH * count:
        return TimeFormat(columns, cell, "year first", iso / count, zoned >= ENOUGH * iso, days=not hours)
    found = [
        fit
        for order, dates in _DATES.items()
        if (fit := _best(sample, columns, cell, values, int(least * count), order, dates))
    ]
    if iso >= least * count:  # some of them, in several spellings
        found.append(TimeFormat(columns, cell, "year first, as far as it can be read", iso / count, days=not hours))
    if not found:
        return None
    best = max(fit.share for fit in found)
    fits = [fit for fit in found if fit.share >= best - 1e-9]
    as_it_is = [fit for fit in fits if fit.expression == cell]
    return (as_it_is or fits)[0] if as_it_is or len(fits) == 1 else _by_evidence(sample, fits)


def _best(
    sample: Sample, columns: tuple[str, ...], cell: str, values: str, least: int, order: str, dates: Iterable[str]
) -> TimeFormat | None:
    """The formats of one order of day, month and year that together read enough of the values."""
    # Years of two digits first: DuckDB takes 16 for the year 16 where four are expected.
    ordered = sorted(dates, key=lambda date: "%Y" in date)
    formats = [date + clock for date in ordered for clock in _CLOCKS]
    counts = ", ".join(f"count(*) filter (try_strptime(v, {literal(one)}) > {_LEAST})" for one in formats)
    [hits] = sample.con.execute(f"select {counts} from {values}").fetchall()
    used = [one for one, hit in zip(formats, hits, strict=True) if hit]
    if not used:
        return None
    [(read,)] = sample.con.execute(
        f"select count(*) filter (try_{strptime('v', used)} > {_LEAST}) from {values}"
    ).fetchall()
    if read < max(least, 1):
        return None
    [(count,)] = sample.con.execute(f"select count(*) from {values}").fetchall()
    told = f"{order}, {' or '.join(used)}"
    return TimeFormat(columns, strptime(cell, used), told, read / count, days=all(one in dates for one in used))


def strptime(cell: str, formats: Sequence[str]) -> str:
    """The expression that reads these formats."""
    told = literal(formats[0]) if len(formats) == 1 else f"[{', '.join(map(literal, formats))}]"
    return f"strptime({cell}, {told})"


def _by_evidence(sample: Sample, fits: list[TimeFormat]) -> TimeFormat:
    """Of two orders that read all values, the one by which none lies ahead, lines run forward, and steps are even."""
    scores = [_evidence(sample, fit) for fit in fits]
    best = max(scores)
    chosen = [fit for fit, score in zip(fits, scores, strict=True) if score == best]
    if len(chosen) == 1:
        other = max(score for score in scores if score != best)
        place = next(at for at, (mine, theirs) in enumerate(zip(best, other, strict=True)) if mine != theirs)
        told = ("or some lie ahead of today", "for its lines then run forward", "for its steps are then even")[place]
        return replace(chosen[0], words=f"{chosen[0].words} ({told})")
    return replace(chosen[0], otherwise=tuple((fit.words, fit.expression) for fit in chosen[1:]))


def _evidence(sample: Sample, fit: TimeFormat) -> tuple[bool, float, int]:
    """Whether none lies ahead, the share of lines that run forward, and minus the number of different steps."""
    moment = f"try_{fit.expression}"
    [(forward, past, steps)] = sample.con.execute(
        f"""select avg((m >= before)::int), coalesce(max(m) <= current_timestamp::timestamp + interval 1 day, true),
        count(distinct m - before) filter (m > before)
        from (select {moment} as m, lag({moment}) over (partition by _file order by _row) as before from {sample.table})
        where before is not null"""
    ).fetchall()
    return bool(past), round(float(forward or 0), 6), -min(int(steps), 10)
