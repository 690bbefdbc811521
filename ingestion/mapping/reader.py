"""A file through DuckDB's own reader: its columns, its rows with their lines, and the lines that are no rows."""

import csv
import glob
import re
from dataclasses import dataclass
from typing import Any

import duckdb

from ingestion import sql
from ingestion.discover import Drop
from ingestion.errors import RefusedError
from ingestion.mapping.encodings import copy_in_utf8
from ingestion.mapping.expressions import reason_of
from ingestion.mapping.lines import find_header, option
from ingestion.rejects import REJECTS, has_rejects, keep_rejects
from ingestion.source import ROW_NUMBER, is_internal, numbered_parquet, path_of
from ingestion.summary import counted
from settings import FeedMapping
from settings.mapping import READ_BY_DUCKDB, UTF_8
from warehouse.connection import Connection
from warehouse.sql import ident, literal

_KEEP_UNREAD = keep_rejects()
_OURS = {"names", "header", "skip", "delim", "sep", "decimal_separator", "thousands", "binary_as_string"}
_FIRST_BYTES = {  # of files that are no text
    b"\x1f\x8b": {"compression": "gzip"},
    b"\x28\xb5\x2f\xfd": {"compression": "zstd"},
    b"\xff\xfe": {"encoding": "utf-16"},
}
_UNREADABLE = {
    b"PK\x03\x04": "is a ZIP file or a workbook of Excel; unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "is a workbook of Excel; save it as CSV",
    b'{"': "is JSON; make a Parquet file of it, such as by DuckDB: copy (from 'x.json') to 'x.parquet'",
    b'[{"': "is JSON; make a Parquet file of it, such as by DuckDB: copy (from 'x.json') to 'x.parquet'",
}
_PARQUET = b"PAR1"
_BLANKS = "\u00a0\u202f"  # that stand for one between thousands


@dataclass(frozen=True)
class Table:
    """A file as rows: the types of its columns by name, in order, and SQL that reads it with one `?` for its path.

    path: of the file or of its copy in UTF-8, escaped: a name is no pattern. copy: what keeps that copy while it lives.
    row: SQL that numbers the rows in `relation`. first_line: what is to be added to that for the line, where every row
    is one. read: the options of a CSV file, and how many lines stand above its header; None for Parquet.
    """

    drop: Drop
    path: str
    types: dict[str, str]
    relation: str
    row: str
    first_line: int
    read: dict[str, Any] | None = None
    above: int = 0
    copy: object = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """What the `?` of `relation` stands for."""
        return (self.path,)

    def cell(self, name: str) -> str:
        """SQL of a column: text without white space around it, NULL where nothing is left; others as they are."""
        cell = ident(name)
        if self.types[name] != "VARCHAR":
            return cell
        text = f"case when {sql.is_plain(cell)} then {cell} else {sql.clean(cell)} end"
        return _spelled(text, self.read or {})

    @property
    def lenient(self) -> str:
        """The same relation without its `?`, in which lines that are no rows are left out unsaid."""
        relation = self.relation.replace("?", literal(self.path), 1)
        return relation.replace(_KEEP_UNREAD, "ignore_errors = true")

    @property
    def texts(self) -> str:
        """A query for the rows' numbers as _row, and their text as _text."""
        cells = ", ".join(f"coalesce({ident(name)}::varchar, '')" for name in self.types)
        text = f"left(concat_ws({literal(_delim(self.read or {}))}, {cells}), 1000)"
        return f"select {self.row} as _row, {text} as _text from {self.lenient}"


def open_table(con: Connection, drop: Drop, entry: FeedMapping) -> Table:
    """Read the header. Raises RefusedError for a file that DuckDB cannot read, and one without a header."""
    if drop.path.stat().st_size == 0:
        raise RefusedError(f"{drop.name} is empty (0 bytes); drop it again with its rows.")
    with drop.path.open("rb") as handle:
        start = handle.read(len(_PARQUET))
    for magic, problem in _UNREADABLE.items():
        if start.startswith(magic):
            raise RefusedError(f"{drop.name} {problem}.")
    try:
        if start == _PARQUET:
            return _parquet(con, drop, entry)
        found = next((options for magic, options in _FIRST_BYTES.items() if start.startswith(magic)), {})
        return _csv(con, drop, {**found, **entry.read})
    except duckdb.Error as error:
        raise unreadable_because(drop, error) from None


def unreadable_because(drop: Drop, error: duckdb.Error) -> Exception:
    """The error to raise in place of DuckDB's: a sentence with its reason, unless the file is not to blame."""
    if is_internal(error):
        return error
    reason, line = reason_of(error), re.search(r"Line: (\d+)", str(error))
    place = f", line {line[1]}" if line else ""
    if "not latin-1 encoded" in str(error):
        return RefusedError(
            f"{drop.name} is not latin-1; say `encoding: cp1252` under {drop.by}.read, as "
            "Windows writes, or what it is."
        )
    if "not utf-8 encoded" in str(error):
        return RefusedError(
            f"{drop.name}{place}: it is not UTF-8; say `encoding: cp1252` (or latin-1, utf-16) under "
            f"{drop.by}.read, or drop it in UTF-8."
        )
    if "state machine" in str(error):
        return RefusedError(
            f"{drop.name}{place}: its lines end, or its cells are quoted, in more than one way; say "
            f"`strict_mode: false` under {drop.by}.read, or correct it."
        )
    reason = reason.replace(str(drop.path.absolute()), drop.name)
    return RefusedError(f"{drop.name} cannot be read ({reason}); correct it, or {drop.by}.read.")


def _parquet(con: Connection, drop: Drop, entry: FeedMapping) -> Table:
    binary = option(entry.read.get("binary_as_string", True))
    described, relation = numbered_parquet(con, drop, binary)
    types = {row[0]: str(row[1]).upper() for row in described}
    return Table(drop, path_of(drop), types, relation, ROW_NUMBER, 1)


def _csv(con: Connection, drop: Drop, read: dict[str, Any]) -> Table:
    path, copy, encoding = path_of(drop), None, str(read.get("encoding", UTF_8))
    if encoding not in READ_BY_DUCKDB:
        copy = copy_in_utf8(drop, encoding)
        path, read = glob.escape(copy.name), {**read, "encoding": UTF_8, "compression": "none"}
    header, first = bool(read.get("header", True)), find_header(con, drop, path, read)
    cells = _cells(first.text, _delim(read), str(read.get("quote", '"')))
    names = _names(list(read.get("names", cells if header else [""] * len(cells))))
    if len(names) != len(cells):
        raise RefusedError(
            f"{drop.name} has {counted(len(cells), 'column')}, and {drop.by}.read.names {len(names)}; name them all."
        )
    named = {**{"quote": '"', "escape": '"'}, **{key: value for key, value in read.items() if key not in _OURS}}
    options = ", ".join(f"{key} = {option(value)}" for key, value in named.items())
    spec = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    relation = (
        f"read_csv(?, columns = {{{spec}}}, auto_detect = false, header = {option(header)}, skip = {first.skip}, "
        f"delim = {literal(_delim(read))}, {options}, hive_partitioning = false, {_KEEP_UNREAD})"
    )
    types = dict.fromkeys(names, "VARCHAR")
    row, below = "row_number() over ()", first.above + header
    return Table(drop, path, types, relation, row, below, read, first.above, copy)


def _delim(read: dict[str, Any]) -> str:
    return str(read.get("delim", read.get("sep", ",")))


def _cells(line: str, delim: str, quote: str) -> list[str]:
    if len(delim) == 1 and len(quote) == 1:
        found = next(csv.reader([line], delimiter=delim, quotechar=quote), [])
        return [re.sub(r"\s*\n\s*", " ", cell) for cell in found]
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


def _spelled(cell: str, read: dict[str, Any]) -> str:
    """SQL of the cell, a number in it written as DuckDB reads it."""
    point, thousands = str(read.get("decimal_separator", ".")), str(read.get("thousands", ""))
    if thousands:
        marks = thousands + (_BLANKS if thousands.isspace() else "")
        whole = f"{_class(marks)}[0-9]{{3}}"
        number = f"[+-]?[0-9]{{1,3}}({whole})+({_class(point)}[0-9]*)?"
        plain = f"replace(translate({cell}, {literal(marks)}, ''), {literal(point)}, '.')"
        cell = f"case when regexp_full_match({cell}, '{number}') then {plain} else {cell} end"
    if point != ".":
        number = f"[+-]?[0-9]*{_class(point)}[0-9]+([eE][+-]?[0-9]+)?"
        plain = f"replace({cell}, {literal(point)}, '.')"
        cell = f"case when regexp_full_match({cell}, '{number}') then {plain} else {cell} end"
    return cell


def _class(characters: str) -> str:
    return "[" + characters.replace("'", "''").replace("\\", "\\\\").replace("^", "\\^").replace("]", "\\]") + "]"


def count_unread(con: Connection) -> int:
    """How many lines the reading of a CSV file has left out."""
    if not has_rejects(con):
        return 0
    [(lines,)] = con.execute(f"select count(distinct line) from temp.{REJECTS}").fetchall()
    return int(lines)


def unread_lines(width: int) -> str:
    """A query for the lines that were left out: _line, _text, _problem."""
    found = "regexp_extract(error_message, 'Found: ([0-9]+)', 1)"
    return f"""
    select line::bigint as _line, left(trim(any_value(csv_line), chr(10) || chr(13)), 1000) as _text,
        min(case error_type
            when 'MISSING COLUMNS' then {found} || ' columns where the header has {width}'
            when 'TOO MANY COLUMNS' then 'more columns than the {width} of the header'
            else split_part(error_message, chr(10), 1) end) as _problem
    from temp.{REJECTS} group by line"""
