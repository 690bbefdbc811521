"""The one transaction in which a file enters schema `raw`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import duckdb

from ingestion.checks import CHECKED, check_sql, clashes_sql
from ingestion.discover import Content, Drop
from ingestion.errors import RefusedError
from ingestion.feeds import Feed
from ingestion.findings import TABLE as FINDINGS
from ingestion.findings import WHAT, Found
from ingestion.known_rows import drop_known
from ingestion.landed_files import record_file
from ingestion.looks import (
    FileLook,
    cell_findings,
    find_lonely,
    history_of,
    look,
    rejection_findings,
    row_findings,
    set_lonely_aside,
)
from ingestion.reader_rows import stage_apart, typed_rows
from ingestion.source import Source, is_internal, unreadable
from ingestion.staging import TYPED_LINES, kept_rows, stage
from ingestion.summary import LandedFile
from ingestion.taken_back import taken_back
from ingestion.text_cells import ABSORBED, CELLS, create_cells, load_cells, load_problems
from warehouse.connection import Connection, transaction
from warehouse.sql import ident, idents

Earlier = Callable[[Feed, int], str]


class OddRowsError(Exception):
    """There are rows that need a look: for themselves, or because of what they say `together`."""

    def __init__(self, together: bool) -> None:
        super().__init__()
        self.together = together


def store(con: Connection, source: Source, feed: Feed, content: Content, earlier: Earlier) -> LandedFile:
    """Land one file whole or not at all: rows, rejected rows, findings and its entry in landed_files.

    Three ways to read it: typed by DuckDB's reader; where that meets anything odd, by the same, with the few lines that
    it cannot type looked at one by one; and where that is not enough, typed from text, with those rows looked at one by
    one that are odd. `earlier` gives the relation with the rows of earlier files (`Sink.earlier_rows`). Raises
    RefusedError for a file that cannot be read or has changed meanwhile.
    """
    row = con.execute("select coalesce(max(_file_id), 0) + 1 from raw.landed_files").fetchone()
    file = _File(con, source, feed, content, int(row[0]) if row else 1)
    try:
        return _land_typed(file, earlier)
    except OddRowsError as odd:
        together = odd.together
    if not together:
        try:
            return _land_apart(file, earlier)
        except OddRowsError as odd:
            together = odd.together
    return _land_staged(file, earlier, together)


@dataclass(frozen=True)
class _File:
    con: Connection
    source: Source
    feed: Feed
    content: Content
    file_id: int

    @property
    def drop(self) -> Drop:
        return self.source.drop


def _land_typed(file: _File, earlier: Earlier) -> LandedFile:
    """Read, type, sort and insert in one statement, then look once at what came in. Raises OddRowsError."""
    with transaction(file.con):
        _insert_typed(file.con, file.source, file.feed, file.file_id)
        seen = look(file.con, file.feed, file.file_id)
        if seen.odd:
            raise OddRowsError(together=True)
        return _finish(file, earlier, seen, ())


def _insert_typed(con: Connection, source: Source, feed: Feed, file_id: int) -> None:
    if source.problems or source.long:
        raise OddRowsError(together=False)
    names = tuple(column.name for column in source.columns)
    try:
        con.execute(
            f"""insert into raw.{feed.name} ({idents(names)}, _file_id)
            select *, ?::integer from ({typed_rows(source, feed, source.relation)})
            order by {_stored_order(feed, names)}""",
            [file_id, *source.parameters],
        )
    except duckdb.Error as error:
        if is_internal(error):
            raise
        raise OddRowsError(together=False) from None


def _land_apart(file: _File, earlier: Earlier) -> LandedFile:
    """Lines that the reader cannot type get their reasons one by one; all others come from TYPED_LINES.

    Raises OddRowsError where that does not account for every line, and where other rows are odd or stand against these.
    """
    con, feed = file.con, file.feed
    if not stage_apart(con, file.source, feed):
        raise OddRowsError(together=False)
    con.execute(check_sql(feed, file.source))
    landed = _store_staged(file, earlier, together=False)
    _drop_staged(con)
    return landed


def _land_staged(file: _File, earlier: Earlier, together: bool) -> LandedFile:
    """Odd rows, and those that they stand against, get their reasons one by one; all others come from TYPED_LINES.

    What the rows say `together` is looked at once they are inserted, or before where it is known to be odd.
    """
    con, feed, source = file.con, file.feed, file.source
    try:
        stage(con, source, feed)
        create_cells(con, source)
        load_cells(con, source, f"select _line from {TYPED_LINES} where _odd")
        if source.problems:
            load_problems(con, source)
    except duckdb.Error as error:
        raise unreadable(file.drop, error) from None
    _check(file, together)
    try:
        landed = _store_staged(file, earlier, together)
    except OddRowsError:
        _check(file, together=True)
        landed = _store_staged(file, earlier, together=True)
    _drop_staged(con)
    return landed


def _drop_staged(con: Connection) -> None:
    for table in (CHECKED, CELLS, ABSORBED, TYPED_LINES):
        con.execute(f"drop table {table}")


def _store_staged(file: _File, earlier: Earlier, together: bool) -> LandedFile:
    """Raises OddRowsError where the rows were not checked `together`, and have to be."""
    con, feed = file.con, file.feed
    with transaction(con):
        _insert_staged(con, file.source, feed, file.file_id)
        seen = look(con, feed, file.file_id)
        if seen.odd and not together:
            raise OddRowsError(together=True)
        found = [*cell_findings(con, file.drop, feed, file.source), *rejection_findings(con, file.drop, feed)]
        return _finish(file, earlier, seen, found, checked=True)


def _check(file: _File, together: bool) -> None:
    """Make CHECKED from CELLS, to which come the staged rows with the key of one of them.

    Where the rows are odd `together`, those that clash come too, and those of lonely stretches; of a long file those
    that clash in any case, which cannot be seen any more once its readings stand in one row.
    """
    con, feed = file.con, file.feed
    con.execute(check_sql(feed, file.source))
    keys = f"select {idents(feed.key)} from {CHECKED} where _reason is null"
    if together or file.source.long:
        keys += f" union all {clashes_sql(feed, f'({kept_rows()})')}"
    _check_also(file, f"({idents(feed.key)}) in ({keys})")
    if together and feed.merges:
        checked = f"select datetime, machineID from {CHECKED} where _reason is null"
        rows = f"({kept_rows('datetime, machineID')} union all {checked})"
        stretches = find_lonely(con, feed, history_of(con, feed, file.file_id), rows)
        for stretch in stretches:
            _check_also(file, f"datetime between '{stretch.first}' and '{stretch.last}'")
        set_lonely_aside(con, stretches)


def _check_also(file: _File, condition: str) -> None:
    """Check the staged rows for which the condition holds, beside those of CELLS."""
    con, lines = file.con, f"{kept_rows('_line')} and {condition}"
    if con.execute(f"{lines} limit 1").fetchone():
        load_cells(con, file.source, lines)
        con.execute(check_sql(file.feed, file.source))


def _insert_staged(con: Connection, source: Source, feed: Feed, file_id: int) -> None:
    columns, drop = idents(feed.names), source.drop
    rows = f"{kept_rows(columns)} union all select {columns} from {CHECKED} where _reason is null"
    if source.long:
        rows = _together(feed, rows)
    con.execute(
        f"""insert into raw.{feed.name} ({columns}, _file_id)
        select *, ?::integer from ({rows}) order by {idents(feed.identity)}""",
        [file_id],
    )
    con.execute(
        f"""insert into raw.rejected
        select ?, ?, ?, _line, _reason, _text from {CHECKED} where _reason is not null order by _line""",
        [file_id, feed.name, drop.name],
    )


def _together(feed: Feed, rows: str) -> str:
    """Readings of one machine and moment in one row; each sensor has but one of them, for the others were checked."""
    values = {column.name for column in feed.sensors}
    columns = ", ".join(
        f"max({ident(name)}) as {ident(name)}" if name in values else ident(name) for name in feed.names
    )
    return f"select {columns} from ({rows}) group by {idents(name for name in feed.names if name not in values)}"


def _stored_order(feed: Feed, names: tuple[str, ...]) -> str:
    return idents(tuple(name for name in feed.identity if name in names))


def _finish(file: _File, earlier: Earlier, seen: FileLook, found: Iterable[Found], checked: bool = False) -> LandedFile:
    """What all ways share, inside the file's transaction: known rows are deleted, file and findings are recorded."""
    con, feed, drop = file.con, file.feed, file.drop
    if drop.state() != file.content.state:
        raise RefusedError(f"{drop.name} changed while it was read; land again when it is complete.")
    landed_before = "select 1 from raw.landed_files where feed = ? and sha256 = ?"
    again = con.execute(landed_before, [feed.name, file.content.sha256()]).fetchone() is not None
    before = earlier(feed, file.file_id)
    gone = () if again else tuple(taken_back(con, drop, feed, file.file_id, before))
    duplicates = drop_known(con, feed, file.file_id, before, again)
    findings = (*found, *gone, *file.source.found, *row_findings(con, drop, feed, file.source, file.file_id, seen))
    for one in findings:
        values = [file.file_id, one.feed, one.file, str(one.kind), one.column, one.count, one.example, one.cure]
        what_one, what = WHAT[one.kind]
        values += [str(one.severity), what, what_one]
        con.execute(f"insert into raw.{FINDINGS} values ({', '.join('?' * len(values))})", values)
    held = (0, None, None)
    if checked:
        [held] = con.execute(f"select count(_held), min(_held), max(_held) from {CHECKED}").fetchall()
    landed = record_file(con, drop, feed, file.content, file_id=file.file_id, duplicates=duplicates, held=held)
    if file.source.meaning:
        of_mapping = [file.file_id, file.source.meaning, file.source.left_out]
        con.execute("insert into raw.mapped_files (_file_id, meaning, left_out) values (?, ?, ?)", of_mapping)
    return replace(landed, left_out=file.source.left_out, findings=findings)
