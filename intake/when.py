"""Which columns of a group say when: the moment of a row, when it ended, and when it became known."""

from dataclasses import dataclass

from intake.names import AVAILABLE_WORDS, CYCLE_WORDS, ENDED_WORDS, TIME_WORDS, says, words_in
from intake.sample import Sample
from intake.times import TimeFormat, date_and_time, is_time_of_day, time_format
from warehouse.sql import ident

_BEST = ("datetime", "timestamp", "zeitstempel", "ts")


@dataclass(frozen=True)
class Moments:
    """The times of a row; `used` are all columns that hold times, and `asks` what a person has to decide."""

    at: TimeFormat | None = None
    ended: TimeFormat | None = None
    available: TimeFormat | None = None
    used: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    unread: tuple[str, str] = ("", "")  # a column that is named like a time, and a value that is none


def find_moments(sample: Sample) -> Moments:
    """The columns of times, by what they hold first and by their names where several do."""
    found = {
        name: fit
        for name, facts in sample.columns.items()
        if facts.filled and (fit := time_format(sample, name, says(name, TIME_WORDS | ENDED_WORDS | AVAILABLE_WORDS)))
    }
    clock = next((name for name in sample.columns if _is_clock(sample, name)), "")
    if not found:
        return _cycles(sample)
    available = next((name for name in found if says(name, AVAILABLE_WORDS)), "")
    rest = [name for name in found if name != available] or [available]
    ended = next((name for name in rest if says(name, ENDED_WORDS) and len(rest) > 1), "")
    rest = [name for name in rest if name != ended]
    chosen = min(rest, key=lambda name: (_rank(name), list(sample.columns).index(name)))
    at = found[chosen]
    used = [*found, *([clock] if clock and clock not in found else [])]
    if at.days and clock and clock != chosen:
        at = date_and_time(sample, chosen, clock) or at
    return Moments(
        at=at,
        ended=found.get(ended),
        available=found.get(available) if available != chosen else None,
        used=tuple(used),
        asks=_asks(chosen, at),
    )


def _is_clock(sample: Sample, name: str) -> bool:
    return says(name, TIME_WORDS | {"hour", "uhr", "stunde"}) and is_time_of_day(sample, name)


def _rank(name: str) -> int:
    words = words_in(name)
    if words & set(_BEST):
        return 0
    return 1 if words & TIME_WORDS else 2


def _asks(column: str, at: TimeFormat) -> tuple[str, ...]:
    return tuple(
        f"whether {column} is {at.words} or {words}: its values are times either way. The proposal says the first; "
        f'for the other write datetime: "{expression}"'
        for words, expression in at.otherwise
    )


def _cycles(sample: Sample) -> Moments:
    """Cycles in place of times: each is taken as a day."""
    for name, facts in sample.columns.items():
        if (
            says(name, CYCLE_WORDS)
            and facts.is_whole
            and facts.low is not None
            and facts.low >= 0
            and facts.distinct > 1
        ):
            made = f"timestamp '2020-01-01' + to_days({ident(name)}::int)"
            at = TimeFormat((name,), made, "cycles, each taken as a day", days=True, cycles=True)
            return Moments(at=at, used=(name,))
    if counted := _counting(sample):
        return counted
    for name, facts in sample.columns.items():
        if facts.filled and words_in(name) & TIME_WORDS and not says(name, ENDED_WORDS):
            return Moments(unread=(name, sample.values(ident(name), 1)[0]))
    return Moments()


def _counting(sample: Sample) -> Moments | None:
    """Cycles that no name tells: whole numbers that count up by one as long as a column before them stays the same."""
    names = [name for name, facts in sample.columns.items() if facts.filled == facts.rows and facts.rows > 10]
    whole = [name for name in names if sample.columns[name].is_whole and sample.columns[name].low in (0.0, 1.0)]
    for place, name in enumerate(names):
        if name not in whole:
            continue
        for unit in names[:place]:
            count, of_one = f"{ident(name)}::double", f"partition by _file, {ident(unit)} order by _row"
            [(steps, ones, kinds)] = sample.con.execute(
                f"""select count(d), count(*) filter (d = 1), count(distinct u) from (select {ident(unit)} as u,
                {count} - lag({count}) over ({of_one}) as d from {sample.table})"""
            ).fetchall()
            if kinds > 1 and steps > 2 * kinds and ones == steps:
                made = f"timestamp '2020-01-01' + to_days({ident(name)}::int)"
                at = TimeFormat((name,), made, "cycles, each taken as a day", days=True, cycles=True)
                ask = (
                    f"what its columns are: there are no times, and {name} is taken as the cycles of the machine "
                    f"{unit}, for "
                    "so they count; say the names of columns without a header in read.names"
                )
                return Moments(at=at, used=(name,), asks=(ask,))
    return None
