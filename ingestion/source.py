"""A dropped file as a relation of cells for DuckDB's own reader; `staging` reads a CSV file of which that fails."""

import glob
import io
from dataclasses import dataclass

import duckdb

from ingestion import sql
from ingestion.contents import LOOKED_AT_BYTES, other_format
from ingestion.csv_records import header as header_of
from ingestion.discover import Drop
from ingestion.errors import RefusedError
from ingestion.feeds import Column, Feed, Kind
from ingestion.findings import Found
from ingestion.header import locate, needed_header
from ingestion.rejects import keep_rejects, most_rejects
from warehouse.connection import Connection
from warehouse.sql import ident

ROW_NUMBER = "file_row_number"  # what DuckDB calls it


@dataclass(frozen=True)
class Source:
    """A file whose header has been matched to its feed.

    columns, positions, cells, typed: one entry for each column of the feed that the file has: the column, its place in
    the file, its SQL expression in `relation`, and whether that has the final type already.
    width: how many columns the file has; extra: names of those that belong to no column of the feed.
    relation: SQL that reads the file, with one `?` for each of `parameters`. lenient: the same, but what the reader can
    make no row of is left out and kept in `rejects.REJECTS`; empty where that is no way to read it.
    first_line: the line that follows the header of a CSV file.
    line: of what is no text file that `staging` can read: the row's number or line in `relation`, as SQL.
    texts, row: a query for the rows' text as _row and _text, and SQL of _row in `relation`.
    problems: a query for lines that are no rows at all: _line, _text, _problem.
    found: what is odd about the file already; silent: columns that it need not have.
    meaning: by what mapping it was read, as a digest.
    long: whether each row is one reading, of which those of one machine and moment are stored together.
    left_out: how many rows are not the feed's, by `where` of the mapping. keeps: what must live as long as it is read.
    """

    drop: Drop
    columns: tuple[Column, ...]
    positions: tuple[int, ...]
    width: int
    extra: tuple[str, ...]
    relation: str
    parameters: tuple[str, ...]
    cells: tuple[str, ...]
    typed: tuple[bool, ...]
    first_line: int = 2
    line: str = f"{ROW_NUMBER} + 1"
    texts: str = ""
    row: str = ""
    problems: str = ""
    found: tuple[Found, ...] = ()
    silent: frozenset[str] = frozenset()
    long: bool = False
    meaning: str = ""
    left_out: int = 0
    keeps: object = None
    lenient: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it is a text file whose lines `staging` reads; else DuckDB's reader numbers its rows."""
        return self.drop.format != "parquet" and not self.texts

    def value(self, index: int) -> str:
        """SQL of the typed value of the column `index` in `relation`; the query fails on text that is no such value."""
        return self.cells[index] if self.typed[index] else sql.value(self.columns[index], self.cells[index])


def open_source(con: Connection, drop: Drop, feed: Feed) -> Source:
    """Match the file's header to its feed. Raises RefusedError for an empty or unreadable file or a missing column."""
    try:
        drop.path.name.encode()
    except UnicodeEncodeError:
        raise RefusedError(f"{drop.name} has a name that is not UTF-8; rename it.") from None
    if drop.path.stat().st_size == 0:
        raise RefusedError(f"{drop.name} is empty (0 bytes); drop it again with its header line.")
    with drop.path.open("rb") as handle:
        head = handle.read(LOOKED_AT_BYTES)
    if told := other_format(head, drop.format, drop.path.name):
        raise RefusedError(f"{drop.name} {told}, and drop it again.")
    return _parquet(con, drop, feed) if drop.format == "parquet" else _csv(drop, feed)


def _csv(drop: Drop, feed: Feed) -> Source:
    header = header_of(drop)
    if header is None or header.line != 1 or header.problem:
        raise RefusedError(f"{drop.name} has no header line; its first line must be {needed_header(feed)}.")
    columns, positions, extra = locate(drop, feed, header.cells)
    # Numbers are parsed fastest by the reader itself.
    numbers = {at for column, at in zip(columns, positions, strict=True) if column.kind is Kind.NUMBER}
    width = len(header.cells)
    return Source(
        drop=drop,
        columns=columns,
        positions=positions,
        width=width,
        extra=extra,
        relation=_csv_relation(drop, width, numbers),
        lenient=_csv_relation(drop, width, numbers, f", {keep_rejects(most_rejects(width))}"),
        parameters=(path_of(drop),),
        cells=tuple(f"c{i}" for i in positions),
        typed=(False,) * len(columns),
        first_line=1 + len(io.StringIO(header.text, newline="").readlines()),
    )


def _csv_relation(drop: Drop, width: int, numbers: set[int], options: str = "") -> str:
    # Numbered names keep the header out of the SQL text.
    spec = ", ".join(f"'c{i}': '{'DOUBLE' if i in numbers else 'VARCHAR'}'" for i in range(width))
    return f"""read_csv(?, columns = {{{spec}}}, auto_detect = false, header = true, delim = ',', quote = '"',
        escape = '"', hive_partitioning = false,
        compression = '{"gzip" if drop.format == "csv.gz" else "none"}'{options})"""


def _parquet(con: Connection, drop: Drop, feed: Feed) -> Source:
    try:
        described, relation = numbered_parquet(con, drop)
    except duckdb.Error as error:
        raise unreadable(drop, error) from None
    columns, positions, extra = locate(drop, feed, [row[0] for row in described])
    types = [str(described[i][1]).upper() for i in positions]
    for at, kind in zip(positions, types, strict=True):
        if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
            raise RefusedError(
                f'{drop.name} has in its column "{described[at][0]}" a list or a record in each row, where one value '
                "belongs: write one column for each value, and drop it again."
            )
    names = [ident(described[i][0]) for i in positions]
    cells = [_parquet_cell(column, *pair) for column, *pair in zip(columns, names, types, strict=True)]
    return Source(
        drop=drop,
        columns=columns,
        positions=positions,
        width=len(described),
        extra=extra,
        relation=relation,
        parameters=(path_of(drop),),
        cells=tuple(cell for cell, _ in cells),
        typed=tuple(typed for _, typed in cells),
    )


def numbered_parquet(con: Connection, drop: Drop, binary_as_string: str = "true") -> tuple[list[tuple[str, ...]], str]:
    """The file's columns as `describe` tells them, and SQL that reads it with the rows' numbers, `?` being its path.

    Raises RefusedError for a file with a column of the name that the numbers have, duckdb.Error for no Parquet file.
    """
    options = f"binary_as_string = {binary_as_string}, hive_partitioning = false"
    described = con.execute(f"describe select * from read_parquet(?, {options})", [path_of(drop)]).fetchall()
    taken = [row[0] for row in described if row[0].lower() == ROW_NUMBER]
    if taken:
        raise RefusedError(
            f'{drop.name} has a column "{taken[0]}", by which its rows are numbered here: give it another name, or '
            "take it out, and drop the file again."
        )
    return described, f"read_parquet(?, {options}, {ROW_NUMBER} = true)"


def _parquet_cell(column: Column, name: str, kind: str) -> tuple[str, bool]:
    """The expression of a Parquet column, and whether it has its final type already."""
    if column.kind is Kind.TIME:
        if "TIME ZONE" in kind or "TZ" in kind:  # DuckDB 2 has TIMESTAMPTZ_NS too, which casts only to TIMESTAMPTZ
            return f"cast({name} as timestamptz) at time zone 'UTC'", True
        if kind.startswith("TIMESTAMP") or kind == "DATE":
            return f"cast({name} as timestamp)", True
    elif column.kind is Kind.NUMBER:
        if kind in ("DOUBLE", "FLOAT"):
            return f"nullif(cast({name} as double), 'nan'::double)", True
        if kind == "BOOLEAN":  # a column that is nothing else; the words in a text column are no numbers
            return f"cast({name} as double)", True
    else:
        return sql.as_text(name, kind), False
    return f"cast({name} as varchar)", False


NO_ROOM = ("no space left on device", "disk quota exceeded", "file too large", "could not write")


def is_internal(error: duckdb.Error) -> bool:
    """Whether the cause is the machine or this program (memory, disk, a bug, a transaction) rather than the file."""
    grave = (duckdb.OutOfMemoryException, duckdb.InternalException, duckdb.TransactionException, duckdb.FatalException)
    return isinstance(error, grave) or no_room(error)


def no_room(error: duckdb.Error) -> bool:
    """Whether a disk was full; its message would name a file of the warehouse, so a dropped file cannot say so."""
    return isinstance(error, duckdb.IOException | duckdb.TransactionException | duckdb.FatalException) and any(
        words in str(error).lower() for words in NO_ROOM
    )


def unreadable(drop: Drop, error: duckdb.Error) -> Exception:
    """The error to raise: a RefusedError in place of DuckDB's, whose words may quote the file, unless `is_internal`."""
    if is_internal(error):
        return error
    return RefusedError(f"{drop.name} cannot be read as {drop.format}: it is damaged, or no such file; drop it again.")


def path_of(drop: Drop) -> str:
    """A file's path for DuckDB's readers, in which its name is no pattern."""
    return glob.escape(str(drop.path.absolute()))
