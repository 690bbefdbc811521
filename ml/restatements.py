"""What the last build changed behind us, and what still waits to be built."""

from data.warehouse import open_warehouse
from settings import Settings


def row_counts(settings: Settings) -> dict[str, int]:
    """Rows of every table in the main schema, from the catalogue alone; on Spark from the feet of its files."""
    with open_warehouse(settings, read_only=True) as con:
        if settings.workspace.engine.is_spark:
            shown = con.execute("select view_name from duckdb_views() where schema_name = 'main' and not internal")
            return {
                name: con.execute(f'select count(*) from main."{name}"').fetchall()[0][0]
                for (name,) in shown.fetchall()
            }
        sql = "select table_name, estimated_size from duckdb_tables() where schema_name = 'main'"
        return {str(name): int(rows) for name, rows in con.execute(sql).fetchall()}


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
