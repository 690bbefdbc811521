"""SQL expressions that turn one cell of a file into a typed value; the fast and the exact path share them."""

from ingestion.feeds import Column, Kind
from warehouse.sql import ident, literal

FIRST_YEAR = 1900
READING_LIMIT = "1e8"
_SPACE = "' \t\n\r\v\f\u00a0'"  # the characters themselves: DuckDB's E'' knows no \\v
_BETWEEN_WORDS = "' \t\n\r\v\f\u00a0_-'"


def clean(cell: str) -> str:
    """SQL of a text cell without surrounding white space; NULL when nothing is left."""
    return f"nullif(trim({cell}, {_SPACE}), '')"


def value(column: Column, cell: str, cast: str = "cast") -> str:
    """SQL of the typed value of the cleaned text `cell`; other text fails, or is NULL where `cast` is `try_cast`."""
    # try() around the whole would be simpler, but DuckDB 2.0.0 lets errors of nested casts through it.
    if column.kind is Kind.TIME:
        return time(cell, cast)
    if column.kind is Kind.NUMBER:
        return number(cell, cast)
    return choice(column.choices, cell) if column.choices else cell


def choice(choices: tuple[str, ...], cell: str) -> str:
    """SQL of the one of `choices` that the cell spells, in any case and with any spaces, - and _; NULL for another."""
    whens = " ".join(f"when {_letters(literal(name))} then {literal(name)}" for name in choices)
    return f"case {_letters(cell)} {whens} end"


def _letters(text: str) -> str:
    return f"lower(translate({text}, {_BETWEEN_WORDS}, ''))"


def number(cell: str, cast: str = "cast") -> str:
    """SQL of the cell as DOUBLE; NaN is NULL. Other text fails, or is NULL where `cast` is `try_cast`."""
    return f"nullif({cast}({cell} as double), 'nan'::double)"


def time(cell: str, cast: str) -> str:
    """SQL of the cell as a naive UTC TIMESTAMP, its offset applied where it has one. Other text as in `number`."""
    # DuckDB's cast to TIMESTAMP drops an offset unreported, so only the plain 19 characters may use it; TIMESTAMPTZ
    # honours the offset, and takes text without one as UTC because that is the session's zone.
    zoned = f"{cast}(regexp_replace({cell}, '\\s+([+-]\\d)', '\\1') as timestamptz) at time zone 'UTC'"
    return f"case when length({cell}) = 19 and {cell}[17] = ':' then {cast}({cell} as timestamp) else {zoned} end"


def out_of_time(name: str) -> str:
    """SQL, true where the column `name` is before FIRST_YEAR or more than a day in the future."""
    # One reading dated into the future would move the fleet's clock, and every machine's snapshots, there with it.
    tomorrow = "(current_timestamp at time zone 'UTC') + interval 1 day"
    return f"{ident(name)} < timestamp '{FIRST_YEAR}-01-01' or {ident(name)} > {tomorrow}"


def out_of_range(name: str) -> str:
    """SQL, true where the column `name` is READING_LIMIT or more in size, an infinity too."""
    return f"abs({ident(name)}) >= {READING_LIMIT}"
