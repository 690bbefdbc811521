"""The tables of schema `raw`, made where they are missing."""

from ingestion.feeds import Feed
from ingestion.findings import TABLE as FINDINGS
from warehouse.connection import Connection, transaction
from warehouse.sql import ident

REFUSED = "refused_files"


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
