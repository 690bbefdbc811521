"""A file through DuckDB's own reader: its columns, its rows with their lines, and the lines that are no rows."""

import csv
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ingestion import sql
from ingestion.discover import Drop
from ingestion.errors import RefusedError
from ingestion.mapping.expressions import reason_of
from ingestion.source import is_internal, path_of
from settings import FeedMapping
from warehouse.connection import Connection
from warehouse.sql import ident, literal

REJECTS, REJECT_SCANS = "landing_unread", "landing_unread_scans"
_KEEP_UNREAD = f"store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}', rejects_limit = 0"
_HEADER_LINES = 100  # in which the header is looked for, behind what `skip` leaves out
_OURS = {"names", "header", "skip", "delim", "sep", "decimal_separator", "thousands", "binary_as_string"}
_OF_THE_HEADER = {"encoding", "compression", "new_line", "max_line_size", "buffer_size"}


@dataclass(frozen=True)
class Table:
    """A file as rows: the types of its columns by name, in order, and SQL that reads it with one `?` for its path.

    row: SQL that numbers the rows in `relation`. line: what is to be added to that for the line, where all are rows.
    """

    drop: Drop
    types: dict[str, str]
    relation: str
    row: str
    first_line: int
    delim: str = ","
    spelling: tuple[str, str] = ("", "")
    is_csv: bool = field(default=True)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The path, escaped: a name is no pattern."""
        return (path_of(self.drop),)

    def cell(self, name: str) -> str:
        """SQL of a column: text without white space around it, NULL where nothing is left; others as they are."""
        return _spelled(sql.clean(ident(name)), *self.spelling) if self.types[name] == "VARCHAR" else ident(name)

    @property
    def texts(self) -> str:
        """A query for the rows' numbers as _row, and their text as _text."""
        cells = ", ".join(f"coalesce({ident(name)}::varchar, '')" for name in self.types)
        relation = self.relation.replace("?", literal(path_of(self.drop)), 1).replace(
            _KEEP_UNREAD, "ignore_errors = true"
        )
        text = f"left(concat_ws({literal(self.delim)}, {cells}), 1000)"
        return f"select {self.row} as _row, {text} as _text from {relation}"


def open_table(con: Connection, drop: Drop, entry: FeedMapping) -> Table:
    """Read the header. Raises RefusedError for a file that DuckDB cannot read, and one without a header."""
    if drop.path.stat().st_size == 0:
        raise RefusedError(f"{drop.name} is empty (0 bytes); drop it again with its rows.")
    try:
        return _parquet(con, drop, entry) if drop.format == "parquet" else _csv(con, drop, entry)
    except duckdb.Error as error:
        raise unreadable_because(drop, error) from None


def unreadable_because(drop: Drop, error: duckdb.Error) -> Exception:
    """The error to raise in place of DuckDB's: a sentence with its reason, unless the file is not to blame."""
    if is_internal(error):
        return error
    return RefusedError(f"{drop.name} cannot be read ({reason_of(error)}); correct it, or `read` in vars.mapping.")


def _parquet(con: Connection, drop: Drop, entry: FeedMapping) -> Table:
    binary = _literal(entry.read.get("binary_as_string", True))
    relation = f"read_parquet(?, binary_as_string = {binary}, hive_partitioning = false, file_row_number = true)"
    described = con.execute(f"describe select * exclude file_row_number from {relation}", [path_of(drop)]).fetchall()
    types = {row[0]: str(row[1]).upper() for row in described}
    return Table(drop, types, relation, "file_row_number", 1, is_csv=False)


def _csv(con: Connection, drop: Drop, entry: FeedMapping) -> Table:
    read = dict(entry.read)
    delim, skip = str(read.get("delim", read.get("sep", ","))), int(str(read.get("skip", 0)))
    quote, header = str(read.get("quote", '"')), bool(read.get("header", True))
    above, first = _first_line(con, drop, read, skip)
    cells = _cells(first, delim, quote)
    given = read.get("names")
    names = _names(list(given) if isinstance(given, tuple) else cells if header else [""] * len(cells))
    named = {**{"quote": '"', "escape": '"'}, **{key: value for key, value in read.items() if key not in _OURS}}
    options = ", ".join(f"{key} = {_literal(value)}" for key, value in named.items())
    spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    relation = (
        f"read_csv(?, columns = {{{spec}}}, auto_detect = false, header = {_literal(header)}, skip = {skip}, "
        f"delim = {literal(delim)}, {options}, hive_partitioning = false, {_KEEP_UNREAD})"
    )
    spelling = (str(read.get("decimal_separator", "")), str(read.get("thousands", "")))
    return Table(
        drop, dict.fromkeys(names, "VARCHAR"), relation, "row_number() over ()", above + header, delim, spelling
    )


def _first_line(con: Connection, drop: Drop, read: dict[str, Any], skip: int) -> tuple[int, str]:
    """How many lines stand above the first one that is neither empty nor a comment, and that line."""
    options = "".join(f", {key} = {_literal(value)}" for key, value in read.items() if key in _OF_THE_HEADER)
    lines = con.execute(
        f"""select line from read_csv(?, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
        delim = '\x01', quote = '', escape = '', skip = {skip}, hive_partitioning = false{options})
        limit {_HEADER_LINES}""",
        [path_of(drop)],
    ).fetchall()
    comment = str(read.get("comment") or "")
    for place, (line,) in enumerate(lines):
        text = (line or "").removeprefix("\ufeff")
        if text.strip() and not (comment and text.startswith(comment)):
            return skip + place, text
    raise RefusedError(f"{drop.name} has no header line; say `header: false` and `names` in vars.mapping, or add it.")


def _cells(line: str, delim: str, quote: str) -> list[str]:
    if len(delim) == 1 and len(quote) == 1:
        return next(csv.reader([line], delimiter=delim, quotechar=quote), [])
    return line.split(delim)


def _names(cells: list[str]) -> list[str]:
    """As DuckDB names them: by their place where they have none, with a number behind what was there before."""
    names: list[str] = []
    taken: set[str] = set()
    for place, cell in enumerate(cells):
        plain = cell.strip() or f"column{place}"
        name, again = plain, 0
        while name.lower() in taken:
            again += 1
            name = f"{plain}_{again}"
        taken.add(name.lower())
        names.append(name)
    return names


def _literal(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(one) for one in value)}]"
    return literal(str(value))


def _spelled(cell: str, decimal: str, thousands: str) -> str:
    """SQL of the cell, a number in it written as DuckDB reads it."""
    point = decimal or "."
    if thousands:
        whole = f"{_class(thousands)}[0-9]{{3}}"
        number = f"[+-]?[0-9]{{1,3}}({whole})+({_class(point)}[0-9]*)?"
        plain = f"replace(replace({cell}, {literal(thousands)}, ''), {literal(point)}, '.')"
        cell = f"case when regexp_full_match({cell}, '{number}') then {plain} else {cell} end"
    if point != ".":
        number = f"[+-]?[0-9]*{_class(point)}[0-9]+([eE][+-]?[0-9]+)?"
        plain = f"replace({cell}, {literal(point)}, '.')"
        cell = f"case when regexp_full_match({cell}, '{number}') then {plain} else {cell} end"
    return cell


def _class(character: str) -> str:
    return "[" + character.replace("'", "''").replace("\\", "\\\\").replace("^", "\\^").replace("]", "\\]") + "]"


def begin_reading(con: Connection) -> None:
    """Forget the lines that an earlier file's reading has left out."""
    for table in (REJECTS, REJECT_SCANS):
        con.execute(f"drop table if exists temp.{table}")


def count_unread(con: Connection) -> int:
    """How many lines the reading of a CSV file has left out."""
    there = con.execute("select 1 from duckdb_tables() where table_name = ? and temporary", [REJECTS]).fetchone()
    if not there:
        return 0
    [(lines,)] = con.execute(f"select count(distinct line) from temp.{REJECTS}").fetchall()
    return int(lines)


def unread_lines(width: int) -> str:
    """A query for the lines that were left out: _line, _text, _problem."""
    found = "regexp_extract(error_message, 'Found: ([0-9]+)', 1)"
    return f"""
    select line::bigint as _line, left(rtrim(any_value(csv_line), chr(10) || chr(13)), 1000) as _text,
        min(case error_type
            when 'MISSING COLUMNS' then {found} || ' columns where the header has {width}'
            when 'TOO MANY COLUMNS' then 'more columns than the {width} of the header'
            else split_part(error_message, chr(10), 1) end) as _problem
    from temp.{REJECTS} group by line"""
