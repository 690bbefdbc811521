"""What the last build changed behind us, and what still waits to be built."""

from settings import Settings
from warehouse.connection import open_warehouse


def restatement_lines(settings: Settings) -> list[str]:
    """For the night's summary: snapshots that late rows have changed, and rows that came too late for that."""
    with open_warehouse(settings, read_only=True) as con:
        changed = con.execute("""
            select count(*), count(distinct machine_id), min(as_of), max(as_of) from restated_snapshots
            where last_file_id = (select last_file_id from build_window)
        """).fetchall()[0]
        waiting = con.execute("select * exclude (file_id) from waiting_arrivals order by first_event_at").fetchall()
    lines = []
    if changed[0]:
        lines.append(
            f"{changed[0]:,} snapshots of {changed[1]:,} machines, {changed[2]} to {changed[3]}, changed because rows "
            "came late; restated_snapshots lists them."
        )
    for _, file, rows, first, command in waiting:
        lines.append(f"{rows:,} rows of {file}, from {first} on, came too late for a night to restate; run: {command}")
    return lines
