"""What DuckDB's reader can make no row of, as it keeps it: by error, with the place and the text of the line."""

from warehouse.connection import Connection

REJECTS, REJECT_SCANS = "landing_unread", "landing_unread_scans"
REJECTED_CELLS, NARROW = 180_000, 6  # so that the lines that are kept take tens of megabytes, however wide they are


def most_rejects(width: int) -> int:
    """How many errors are kept of a file of so many columns: DuckDB's memory limit does not count them."""
    return max(REJECTED_CELLS // max(width, NARROW), 1)


def keep_rejects(most: int = 0) -> str:
    """The options of a reader that leaves such lines out and keeps the first `most` errors; 0 for all of them."""
    return (
        f"store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}', rejects_limit = {most:d}"
    )


def forget_rejects(con: Connection) -> None:
    """Forget the lines that an earlier reading has left out."""
    for table in (REJECTS, REJECT_SCANS):
        con.execute(f"drop table if exists temp.{table}")


def has_rejects(con: Connection) -> bool:
    """Whether a reading since then has left any out."""
    return bool(con.execute("select 1 from duckdb_tables() where table_name = ? and temporary", [REJECTS]).fetchone())
