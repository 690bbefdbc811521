"""One file, landed for a trial: what landing would reject of it and why, and nothing is kept."""

from pathlib import Path

import duckdb

from ingestion.discover import Content, Drop
from ingestion.errors import RefusedError
from ingestion.feeds import feeds_of
from ingestion.raw_schema import ensure_tables
from ingestion.source import open_source
from ingestion.store import store
from settings import Fleet


def rejected_in_trial(file: Path, feed: str, fleet: Fleet) -> list[str]:
    """Why rows of the CSV file `file` of a feed would be rejected, or why it would be refused whole; empty: all lands.

    The file is read and checked by the very code that lands it, into a database in memory.
    """
    feeds, drop = feeds_of(fleet), Drop(file, feed, "csv")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        ensure_tables(con, feeds)
        try:
            content = Content(drop.state(), drop.sha256)
            store(con, open_source(con, drop, feeds[feed]), feeds[feed], content, lambda one, _: f"raw.{one.name}")
        except RefusedError as refused:
            return [str(refused)]
        return [str(reason) for (reason,) in con.execute("select reason from raw.rejected order by line").fetchall()]
