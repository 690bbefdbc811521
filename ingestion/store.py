"""The tables of schema `raw`, and the one transaction in which a file enters them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from ingestion.checks import CHECKED, check_sql, clashes_sql
from ingestion.discover import Content, Drop
from ingestion.errors import RefusedError
from ingestion.feeds import Feed
from ingestion.findings import TABLE as FINDINGS
from ingestion.findings import WHAT, Found
from ingestion.looks import (
    FileLook,
    cell_findings,
    find_lonely,
    history_of,
    look,
    now_utc,
    rejection_findings,
    row_findings,
    set_lonely_aside,
)
from ingestion.plausible_times import within_bounds
from ingestion.reader_rows import stage_apart, typed_rows
from ingestion.source import Source, is_internal, unreadable
from ingestion.staging import TYPED_LINES, kept_rows, stage
from ingestion.summary import LandedFile, Refusal
from ingestion.taken_back import taken_back
from ingestion.text_cells import ABSORBED, CELLS, create_cells, load_cells, load_problems
from warehouse.connection import Connection, transaction
from warehouse.sql import ident, idents

Earlier = Callable[[Feed, int], str]
REFUSED = "refused_files"


class OddRowsError(Exception):
    """There are rows that need a look: for themselves, or because of what they say `together`."""

    def __init__(self, together: bool) -> None:
        super().__init__()
        self.together = together


def ensure_tables(con: Connection, feeds: dict[str, Feed]) -> None:
    """Create the missing tables of schema `raw`; a new sensor becomes a new column, and no column is ever dropped."""
    ensure_entries(con)
    with transaction(con):
        for feed in feeds.values():
            _ensure_feed(con, feed)
        con.execute("""
            create table if not exists raw.rejected
            (_file_id integer, feed varchar, file varchar, line bigint, reason varchar, row_text varchar)""")
        con.execute(f"""
            create table if not exists raw.{FINDINGS}
            (_file_id integer, feed varchar, file varchar, kind varchar, column_name varchar, occurrences bigint,
                example varchar, cure varchar, severity varchar, what varchar, what_one varchar)""")
        for name in ("severity", "what", "what_one"):  # landed by an earlier version
            con.execute(f"alter table raw.{FINDINGS} add column if not exists {name} varchar")
        con.execute(f"create table if not exists raw.{REFUSED} (feed varchar, file varchar, reason varchar)")


def ensure_entries(con: Connection) -> None:
    """Create raw.landed_files where it is missing: a file has landed once it has a row there.

    Of `rejected` rows, `held` are set aside for their time, which lies between `held_first` and `held_last`.
    """
    with transaction(con):
        con.execute("create schema if not exists raw")
        con.execute("""
            create table if not exists raw.landed_files
            (_file_id integer, feed varchar, file varchar, sha256 varchar, bytes bigint, rows bigint, rejected bigint,
                duplicates bigint, first_datetime timestamp, last_datetime timestamp, first_available_at timestamp,
                last_available_at timestamp, landed_at timestamp, held bigint, held_first timestamp,
                held_last timestamp)
        """)
        present = {row[0] for row in con.execute("describe raw.landed_files").fetchall()}
        for name, kind in (("held", "bigint"), ("held_first", "timestamp"), ("held_last", "timestamp")):
            if name not in present:  # landed by an earlier version
                con.execute(f"alter table raw.landed_files add column {name} {kind}")


def ensure_meanings(con: Connection) -> None:
    """Create raw.mapped_files where it is missing: by which mapping a file was read, and how many rows it left out."""
    con.execute("create table if not exists raw.mapped_files (_file_id integer, meaning varchar)")
    con.execute("alter table raw.mapped_files add column if not exists left_out bigint")


def _ensure_feed(con: Connection, feed: Feed) -> None:
    columns = ", ".join(f"{ident(column.name)} {column.kind.value}" for column in feed.columns)
    con.execute(f"create table if not exists raw.{feed.name} ({columns}, _file_id integer)")
    present = {row[0].lower() for row in con.execute(f"describe raw.{feed.name}").fetchall()}
    for column in feed.columns:
        if column.name.lower() not in present:
            con.execute(f"alter table raw.{feed.name} add column {ident(column.name)} {column.kind.value}")


def has_landed(con: Connection, feed: Feed) -> bool:
    """Whether any file of the feed ever has."""
    return bool(con.execute("select 1 from raw.landed_files where feed = ? limit 1", [feed.name]).fetchone())


def landed_as(con: Connection, feed: Feed, content: Content, meaning: str = "") -> str | None:
    """The name under which this content has been landed for the feed before, or None; hashes only where sizes match.

    Content of which rows were set aside for a time that is plausible by now has not landed, nor has one of which
    another mapping than `meaning` could use no row.
    """
    found = con.execute(
        """select sha256, file, _file_id, rows + duplicates, held_first, held_last from raw.landed_files
        where feed = ? and bytes = ? order by _file_id""",
        [feed.name, content.size],
    ).fetchall()
    files = {sha256: (file, file_id, kept, held) for sha256, file, file_id, kept, *held in found}
    if not files or content.sha256() not in files:
        return None
    file, file_id, kept, held = files[content.sha256()]
    if meaning and not kept:
        by = con.execute("select meaning from raw.mapped_files where _file_id = ?", [file_id]).fetchone()
        if by != (meaning,):
            return None
    return None if any(_may_land_now(con, feed, moment) for moment in held if isinstance(moment, datetime)) else file


def _may_land_now(con: Connection, feed: Feed, moment: datetime) -> bool:
    if not feed.merges:
        return within_bounds(moment, now_utc(), feed.clock)
    return history_of(con, feed).may_land_now(moment, now_utc(), feed.clock)


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


def keep_refusals(con: Connection, refusals: Iterable[Refusal]) -> None:
    """Make raw.refused_files say just which files this landing has refused, and why."""
    with transaction(con):
        con.execute(f"delete from raw.{REFUSED}")
        for one in refusals:
            con.execute(f"insert into raw.{REFUSED} values (?, ?, ?)", [one.feed, one.file, one.reason])


def drop_known(con: Connection, feed: Feed, file_id: int, earlier: str, again: bool = False) -> int:
    """Delete the file's rows that equal the latest row of their identity in `earlier`; returns how many.

    The latest, not any: a value that was corrected and then set back is a change again. Where rows merge, that is the
    latest value of each sensor, and an empty cell says nothing. A file that lands `again`, for rows that were set
    aside, corrects nothing: of it only rows stay whose key is new.
    """
    table, where, span = f"raw.{feed.name}", "true", []
    if feed.timed:
        low_high = f"select min(datetime), max(datetime) from {table} where _file_id = ?"
        span = list(con.execute(low_high, [file_id]).fetchone() or (None, None))
        where = "datetime between ? and ?"
    if not con.execute(f"select 1 from {earlier} where _file_id < ? and {where} limit 1", [file_id, *span]).fetchone():
        return 0
    same = _has_the_key(feed) if again else _says_the_same(feed)
    deleted = con.execute(
        f"""delete from {table} where rowid in (
            with old as ({_latest_said(feed, f"{earlier} where _file_id < ? and {where}")})
            select new.rowid from {table} as new join old on {same} where new._file_id = ?
        )""",
        [file_id, *span, file_id],
    ).fetchone()
    return int(deleted[0]) if deleted else 0


def _latest_said(feed: Feed, rows: str) -> str:
    identity = idents(feed.identity)
    if not feed.merges:
        return f"select * from {rows} qualify row_number() over (partition by {identity} order by _file_id desc) = 1"
    names = [ident(name) for name in feed.values]
    latest = ", ".join(f"arg_max({name}, _file_id) filter (where {name} is not null) as {name}" for name in names)
    return f"select {identity}, {latest} from {rows} group by {identity}"


def _has_the_key(feed: Feed) -> str:
    return " and ".join(f"new.{ident(name)} = old.{ident(name)}" for name in feed.key)


def _says_the_same(feed: Feed) -> str:
    silent = set(feed.values) if feed.merges else set()
    same = {name: f"new.{ident(name)} is not distinct from old.{ident(name)}" for name in feed.names}
    return " and ".join(
        f"(new.{ident(name)} is null or {condition})" if name in silent else condition
        for name, condition in same.items()
    )


def record_file(
    con: Connection,
    drop: Drop,
    feed: Feed,
    content: Content,
    *,
    file_id: int,
    duplicates: int,
    held: tuple[int, datetime | None, datetime | None],
) -> LandedFile:
    """Record the file in raw.landed_files, with the counts and times of its rows in the tables."""
    spans = "min(datetime), max(datetime), min(available_at), max(available_at)"
    if not feed.timed:
        spans = "null, null, null, null"
    [(rows, *times)] = con.execute(
        f"select count(*), {spans} from raw.{feed.name} where _file_id = ?", [file_id]
    ).fetchall()
    [(rejected,)] = con.execute("select count(*) from raw.rejected where _file_id = ?", [file_id]).fetchall()
    file = [file_id, feed.name, drop.name, content.sha256(), content.size]
    entry = [*file, rows, rejected, duplicates, *times, now_utc(), *held]
    con.execute(f"insert into raw.landed_files values ({', '.join('?' * len(entry))})", entry)
    return LandedFile(
        file_id=file_id,
        feed=feed.name,
        file=drop.name,
        rows=rows,
        rejected=rejected,
        duplicates=duplicates,
        held=held[0],
        first_datetime=times[0],
        last_datetime=times[1],
    )
