"""The tables of schema `raw`, and the one transaction in which a file enters them."""

from collections.abc import Callable
from datetime import UTC, datetime

import duckdb

from ingestion.checks import CHECKED, check_sql, odd_condition, repeats_condition
from ingestion.discover import Content, Drop
from ingestion.errors import RefusedError
from ingestion.feeds import Feed
from ingestion.source import Source, is_internal, unreadable
from ingestion.summary import LandedFile
from ingestion.text_cells import CELLS, load_cells
from warehouse.connection import Connection, transaction
from warehouse.sql import ident, idents

Earlier = Callable[[Feed, int], str]


class OddRowsError(Exception):
    """The fast path met rows that only the exact path can judge."""


def ensure_tables(con: Connection, feeds: dict[str, Feed]) -> None:
    """Create the missing tables of schema `raw`; a new sensor becomes a new column, and no column is ever dropped."""
    ensure_entries(con)
    with transaction(con):
        for feed in feeds.values():
            _ensure_feed(con, feed)
        con.execute("""
            create table if not exists raw.rejected
            (_file_id integer, feed varchar, file varchar, line bigint, reason varchar, row_text varchar)""")


def ensure_entries(con: Connection) -> None:
    """Create raw.landed_files where it is missing: a file has landed once it has a row there."""
    with transaction(con):
        con.execute("create schema if not exists raw")
        con.execute("""
            create table if not exists raw.landed_files
            (_file_id integer, feed varchar, file varchar, sha256 varchar, bytes bigint, rows bigint, rejected bigint,
                duplicates bigint, first_datetime timestamp, last_datetime timestamp, first_available_at timestamp,
                last_available_at timestamp, landed_at timestamp)""")


def _ensure_feed(con: Connection, feed: Feed) -> None:
    columns = ", ".join(f"{ident(column.name)} {column.kind.value}" for column in feed.columns)
    con.execute(f"create table if not exists raw.{feed.name} ({columns}, _file_id integer)")
    present = {row[0].lower() for row in con.execute(f"describe raw.{feed.name}").fetchall()}
    for column in feed.columns:
        if column.name.lower() not in present:
            con.execute(f"alter table raw.{feed.name} add column {ident(column.name)} {column.kind.value}")


def landed_as(con: Connection, feed: Feed, content: Content) -> str | None:
    """The name under which this content has landed for the feed before, or None; hashes only where the sizes match."""
    same_size = "select sha256, file from raw.landed_files where feed = ? and bytes = ?"
    files = dict(con.execute(same_size, [feed.name, content.size]).fetchall())
    return files.get(content.sha256()) if files else None


def store(con: Connection, source: Source, feed: Feed, content: Content, earlier: Earlier) -> LandedFile:
    """Land one file whole or not at all: rows, rejected rows and its entry in landed_files.

    `earlier` gives the relation with the rows of earlier files (`Sink.earlier_rows`). Raises RefusedError for a file
    that cannot be read or has changed meanwhile.
    """
    row = con.execute("select coalesce(max(_file_id), 0) + 1 from raw.landed_files").fetchone()
    file_id = int(row[0]) if row else 1
    try:
        with transaction(con):
            _insert_fast(con, source, feed, file_id)
            return _finish(con, source.drop, feed, file_id, content, earlier)
    except OddRowsError:
        pass
    _check_exactly(con, source, feed)
    with transaction(con):
        _insert_checked(con, source.drop, feed, file_id)
        return _finish(con, source.drop, feed, file_id, content, earlier)


def _insert_fast(con: Connection, source: Source, feed: Feed, file_id: int) -> None:
    """Read, type, sort and insert in one statement, then check what came in with one query. Raises OddRowsError."""
    names = tuple(column.name for column in source.columns)
    values = ", ".join(f"{source.value(i)} as {ident(name)}" for i, name in enumerate(names))
    order = idents(tuple(name for name in feed.identity if name in names))
    try:
        con.execute(
            f"""insert into raw.{feed.name} ({idents(names)}, _file_id)
            select *, ?::integer from (select {values} from {source.relation}) order by {order}""",
            [file_id, *source.parameters],
        )
    except duckdb.Error as error:
        if is_internal(error):
            raise
        raise OddRowsError from None
    # Rows are stored in the order of their insertion, so that rows of one identity are neighbours.
    odd = con.execute(
        f"""with came as (
            select *, {repeats_condition(feed)} as _repeats from raw.{feed.name} where _file_id = ?
        )
        select bool_or({odd_condition(feed)}) from came""",
        [file_id],
    ).fetchone()
    if odd and odd[0]:
        raise OddRowsError


def _check_exactly(con: Connection, source: Source, feed: Feed) -> None:
    try:
        load_cells(con, source)
    except duckdb.Error as error:
        raise unreadable(source.drop, error) from None
    con.execute(check_sql(feed, source))
    con.execute(f"drop table {CELLS}")


def _insert_checked(con: Connection, drop: Drop, feed: Feed, file_id: int) -> None:
    columns = idents(feed.names)
    con.execute(
        f"""insert into raw.{feed.name} ({columns}, _file_id)
        select {columns}, ?::integer from {CHECKED} where _reason is null order by {idents(feed.identity)}""",
        [file_id],
    )
    con.execute(
        f"""insert into raw.rejected
        select ?, ?, ?, _line, _reason, _text from {CHECKED} where _reason is not null order by _line""",
        [file_id, feed.name, drop.name],
    )
    con.execute(f"drop table {CHECKED}")


def _finish(con: Connection, drop: Drop, feed: Feed, file_id: int, content: Content, earlier: Earlier) -> LandedFile:
    """What both paths share, inside the file's transaction: known rows are deleted, the file is recorded."""
    if drop.state() != content.state:
        raise RefusedError(f"{drop.name} changed while it was read; land again when it is complete.")
    duplicates = drop_known(con, feed, file_id, earlier(feed, file_id))
    return record_file(con, drop, feed, content, file_id=file_id, duplicates=duplicates)


def drop_known(con: Connection, feed: Feed, file_id: int, earlier: str) -> int:
    """Delete the file's rows that equal the latest row of their identity in `earlier`; returns how many.

    The latest, not any: a value that was corrected and then set back is a change again.
    """
    table, where, span = f"raw.{feed.name}", "true", []
    if feed.timed:
        low_high = f"select min(datetime), max(datetime) from {table} where _file_id = ?"
        span = list(con.execute(low_high, [file_id]).fetchone() or (None, None))
        where = "datetime between ? and ?"
    if not con.execute(f"select 1 from {earlier} where _file_id < ? and {where} limit 1", [file_id, *span]).fetchone():
        return 0
    same = " and ".join(f"new.{ident(n)} is not distinct from old.{ident(n)}" for n in feed.names)
    deleted = con.execute(
        f"""delete from {table} where rowid in (
            with old as (
                select * from {earlier} where _file_id < ? and {where}
                qualify row_number() over (partition by {idents(feed.identity)} order by _file_id desc) = 1
            )
            select new.rowid from {table} as new join old on {same} where new._file_id = ?
        )""",
        [file_id, *span, file_id],
    ).fetchone()
    return int(deleted[0]) if deleted else 0


def record_file(
    con: Connection, drop: Drop, feed: Feed, content: Content, *, file_id: int, duplicates: int
) -> LandedFile:
    """Record the file in raw.landed_files, with the counts and times of its rows in the tables."""
    spans = "min(datetime), max(datetime), min(available_at), max(available_at)"
    if not feed.timed:
        spans = "null, null, null, null"
    [(rows, *times)] = con.execute(
        f"select count(*), {spans} from raw.{feed.name} where _file_id = ?", [file_id]
    ).fetchall()
    [(rejected,)] = con.execute("select count(*) from raw.rejected where _file_id = ?", [file_id]).fetchall()
    landed_at = datetime.now(UTC).replace(tzinfo=None)
    file = [file_id, feed.name, drop.name, content.sha256(), content.size]
    entry = [*file, rows, rejected, duplicates, *times, landed_at]
    con.execute(f"insert into raw.landed_files values ({', '.join('?' * len(entry))})", entry)
    return LandedFile(
        file_id=file_id,
        feed=feed.name,
        file=drop.name,
        rows=rows,
        rejected=rejected,
        duplicates=duplicates,
        first_datetime=times[0],
        last_datetime=times[1],
    )
