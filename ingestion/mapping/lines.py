"""The lines of a mapped CSV file: where its header stands, and on which line each of its rows begins."""

from dataclasses import dataclass
from typing import Any

from ingestion.discover import Drop
from ingestion.errors import RefusedError
from warehouse.connection import Connection
from warehouse.sql import literal

RECORDS = "landing_records"
_HEADER_LINES = 100  # in which the header is looked for, behind what `skip` leaves out
_OF_LINES = {"encoding", "compression", "new_line", "max_line_size", "buffer_size", "strict_mode"}


@dataclass(frozen=True)
class Header:
    """The first record of a file: its text, the lines above it, and how many of those DuckDB's `skip` counts."""

    text: str
    above: int
    skip: int


def option(value: object) -> str:
    """A reader's option as SQL."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(option(one) for one in value)}]"
    return literal(str(value))


def find_header(con: Connection, drop: Drop, path: str, read: dict[str, Any]) -> Header:
    """The first record that is neither empty nor a comment, behind the lines that `skip` leaves out.

    Raises RefusedError where there is none.
    """
    skip, quote, comment = int(read.get("skip", 0)), str(read.get("quote", '"')), str(read.get("comment") or "")
    found = con.execute(f"select line from {_lines(read)} limit {skip + _HEADER_LINES}", [path]).fetchall()
    lines = [(row[0] or "").removeprefix("\ufeff") for row in found]
    remarks = [bool(comment) and line.startswith(comment) for line in lines]
    for at in range(skip, len(lines)):
        if lines[at].strip() and not remarks[at]:
            end = at + 1
            while quote and end < len(lines) and "\n".join(lines[at:end]).count(quote) % 2:
                end += 1  # a name of several lines
            return Header("\n".join(lines[at:end]), at, at - sum(remarks[:at]))
    raise RefusedError(
        f"{drop.name} has no header line; say `header: false` and `names` under {drop.by}.read, or add it."
    )


@dataclass(frozen=True)
class Records:
    """The records of a file from its header on, and whether each of them is a line of its own without gaps."""

    path: str
    read: dict[str, Any]
    above: int
    count: int
    regular: bool

    def number(self, con: Connection) -> None:
        """Make the temporary table RECORDS: each record's line `here`, and the line `said` that DuckDB says of it.

        DuckDB numbers empty lines and comments too, and a record of several lines as one.
        """
        con.execute(
            f"""create or replace temp table {RECORDS} as
            with joined as (
                select here, is_void, coalesce(sum(quotes) over before, 0) % 2 = 1 as inside
                from ({_looked_at(self.read)}) where here > {self.above}
                window before as (order by here rows between unbounded preceding and 1 preceding)
            )
            select here, said from (
                select *, {self.above} + row_number() over (order by here) as said from joined where not inside
            ) where not is_void""",
            [self.path],
        )


def records_of(con: Connection, path: str, read: dict[str, Any], above: int) -> Records:
    """One look at the lines below the first `above` of them; quotes that do not pair leave the count open."""
    [(count, gaps)] = con.execute(
        f"""select count(*) filter (where not is_void), count(*) filter (where is_void or quotes % 2 = 1)
        from ({_looked_at(read)}) where here > {above}""",
        [path],
    ).fetchall()
    return Records(path, read, above, int(count), regular=not gaps)


def _looked_at(read: dict[str, Any]) -> str:
    """A query for every line's number as `here`, whether it is no row, and how many quotes it has."""
    return f"""select row_number() over () as here, {_is_void(read)} as is_void,
        coalesce({_quotes(read)}, 0) as quotes from {_lines(read)}"""


def _quotes(read: dict[str, Any]) -> str:
    """SQL of how many quotes a line has, without those that are escaped."""
    quote, escape = str(read.get("quote", '"')), str(read.get("escape", '"'))
    if not quote:
        return "0"
    plain = "line" if escape in ("", quote) else f"replace(line, {literal(escape + quote)}, '')"
    return f"(length({plain}) - length(replace({plain}, {literal(quote)}, ''))) // {len(quote)}"


def _is_void(read: dict[str, Any]) -> str:
    """SQL, true for a line that is no row: empty, or a comment."""
    comment = str(read.get("comment") or "")
    return "(line is null or line in ('', chr(13))" + (
        f" or starts_with(line, {literal(comment)}))" if comment else ")"
    )


def _lines(read: dict[str, Any]) -> str:
    """SQL of every line of a file as `line`, NULL where it is empty; one `?` for the path."""
    options = "".join(f", {key} = {option(value)}" for key, value in read.items() if key in _OF_LINES)
    return f"""read_csv(?, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false, delim = '\x01',
        quote = '', escape = '', hive_partitioning = false{options})"""
