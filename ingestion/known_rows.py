"""Rows of a new file that say what an earlier one has said."""

from ingestion.feeds import Feed
from warehouse.connection import Connection
from warehouse.sql import ident, idents


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
