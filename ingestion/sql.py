"""SQL expressions that turn one cell of a file into a typed value; both ways of reading share them."""

from ingestion.feeds import Column, Kind
from ingestion.words import Words
from settings import PlausibleClock
from warehouse.sql import ident, literal

SPACE = "' \t\n\r\v\f\u00a0'"  # the characters themselves: DuckDB's E'' knows no \\v
_BETWEEN_WORDS = "' \t\n\r\v\f\u00a0_-'"


def clean(cell: str) -> str:
    """SQL of a text cell without surrounding white space; NULL when nothing is left."""
    return f"nullif(trim({cell}, {SPACE}), '')"


def is_plain(cell: str) -> str:
    """SQL, true for text that `clean` leaves as it is; found in a fraction of the time, and only where it is ASCII."""
    return f"regexp_full_match({cell}, '[!-~](?:[ -~]*[!-~])?')"


def is_trimmed(cell: str) -> str:
    """SQL, true for text that `clean` leaves as it is."""
    return f"case when {is_plain(cell)} then true else {cell} is not distinct from {clean(cell)} end"


def value(column: Column, cell: str, words: Words | None = None) -> str:
    """SQL of the typed value of the cleaned text `cell`. Other text fails; with `words`, it is NULL.

    A word that removes a reading becomes NaN, which raw tables hold for just that.
    """
    # try() around the whole would be simpler, but DuckDB 2.0.0 lets errors of nested casts through it.
    if column.kind is Kind.TIME:
        if words and not column.needed:
            cell = f"(case when not {is_word(cell, words.missing)} then {cell} end)"
        moment = time(cell, "try_cast" if words else "cast")
        return f"(case when {in_calendar(moment)} then {moment} end)" if column.free else moment
    if column.kind is Kind.NUMBER:
        return number(cell, words) if words else f"cast({cell} as double)"
    if column.kind is Kind.FLAG:
        return f"try_cast({cell} as boolean)" if words else f"cast({cell} as boolean)"
    return choice(column.choices, cell) if column.choices else cell


def is_word(cell: str, words: tuple[str, ...]) -> str:
    """True where the cleaned text is one of these lower-case words; never NULL."""
    listed = ", ".join(literal(word) for word in words) or "null"
    return f"coalesce(lower({cell}) in ({listed}), false)"


def choice(choices: tuple[str, ...], cell: str) -> str:
    """SQL of the one of `choices` that the cell spells, in any case and with any spaces, - and _; NULL for another."""
    whens = " ".join(f"when {_letters(literal(name))} then {literal(name)}" for name in choices)
    return f"case {_letters(cell)} {whens} end"


def _letters(text: str) -> str:
    return f"lower(translate({text}, {_BETWEEN_WORDS}, ''))"


def number(cell: str, words: Words) -> str:
    """SQL of the cell as DOUBLE: a finite number, NaN for a word that removes one, else NULL."""
    parsed = parsed_number(cell)
    return f"case when isfinite({parsed}) then {parsed} when {is_word(cell, words.removed)} then 'nan'::double end"


def parsed_number(cell: str) -> str:
    """SQL of text as DOUBLE, NULL where it is none; the minus of typesetters is one, too."""
    return f"try_cast(replace({cell}, '\u2212', '-') as double)"


def time(cell: str, cast: str) -> str:
    """SQL of the cell as a naive UTC TIMESTAMP, its offset applied where it has one. Other text as in `number`."""
    # DuckDB's cast to TIMESTAMP drops an offset unreported, so only the plain 19 characters may use it; TIMESTAMPTZ
    # honours the offset, and takes text without one as UTC because that is the session's zone.
    zoned = f"{cast}(regexp_replace({cell}, '\\s+([+-]\\d)', '\\1') as timestamptz) at time zone 'UTC'"
    return f"case when {is_plain_time(cell)} then {cast}({cell} as timestamp) else {zoned} end"


def is_plain_time(cell: str) -> str:
    """SQL, true for text of the shape 2026-01-31 06:00:00; 2026-1-3 6:00+02:00 is as long and has an offset."""
    return f"length({cell}) = 19 and {cell}[14] = ':' and {cell}[17] = ':'"


def as_text(value: str, kind: str) -> str:
    """SQL of any value of the type `kind` as text; whole numbers without the zeros of a decimal that says nothing."""
    if kind in ("DOUBLE", "FLOAT"):  # whole numbers with a gap become floats in pandas: 1.0 is machine 1
        whole = f"{value} = trunc({value}) and abs({value}) < 1e15"
        text = f"case when {whole} then cast(cast({value} as bigint) as varchar) else cast({value} as varchar) end"
        return f"case when not isnan({value}) then {text} end"
    if kind.startswith("DECIMAL"):  # as Oracle and Snowflake export whole numbers: 1.00 is machine 1
        return f"regexp_replace(cast({value} as varchar), '\\.0+$', '')"
    return f"cast({value} as varchar)"


def in_calendar(moment: str) -> str:
    """SQL, true for a TIMESTAMP of the years 1 to 9999, which all readers can hold; DuckDB's reach further."""
    return f"coalesce({moment} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999', false)"


def too_late(name: str, clock: PlausibleClock) -> str:
    """SQL, true where the column `name` is more than `ahead_minutes` after now."""
    # One reading dated into the future would move the fleet's clock, and every machine's snapshots, there with it.
    return f"{ident(name)} > (current_timestamp at time zone 'UTC') + interval {clock.ahead_minutes} minutes"


def too_early(name: str, clock: PlausibleClock) -> str:
    """SQL, true where the column `name` is before `earliest`."""
    return f"{ident(name)} < timestamp '{clock.earliest}'"
