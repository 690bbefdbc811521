"""What is known of each row's remaining time: hours from `as_of` to the machine's next failure."""

import duckdb
import pandas as pd

from warehouse.tables import relations

LOW, HIGH = "remaining_low", "remaining_high"
RELATION = "remaining_time"


def with_lives(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with LOW and HIGH, in hours: the machine fails no sooner than the one and no later than the other.

    HIGH is NaN where only "longer" is known, and where the sight of another component ended before the failure, as with
    a planned replacement: what that component would have done, nobody knows. Both are NaN where a machine was down. A
    warehouse of an earlier version knows nothing of it: the rows come back as they were.
    """
    if f"main.{RELATION}" not in relations(con) or rows.empty:
        return rows
    lives = con.execute(
        f"""
        select machine_id, as_of, hours_low as {LOW}, case when ended_by = 'failure' then hours_high end as {HIGH}
        from {RELATION} where as_of >= ? and as_of <= ?
        """,
        [rows["as_of"].min(), rows["as_of"].max()],
    ).df()
    return rows.merge(lives, on=["machine_id", "as_of"], how="left", validate="many_to_one").set_axis(rows.index)
