"""Do two homes hold the same tables, value by value: `python -m tests.benchmarks.same_tables HOME OTHER [TABLE ...]`.

For a change that must change nothing: run both versions on the same drops, then compare. Left out are moments of
processing and the ids of runs; rows are matched by all that is left, NULLs and NaNs equal to themselves, floats bit for
bit. Exit status 1 where anything differs.
"""

import sys
from pathlib import Path

import duckdb

from warehouse.connection import connect
from warehouse.sql import ident, idents, literal

TABLES = (
    "feature_mart", "predictions", "failure_outcomes", "alert_episodes", "model_performance", "fleet_risk_today",
    "ml.leaderboard", "ml.cost_sensitivity", "ml.drift", "ml.drift_nights", "ml.nights", "ml.promotions",
)  # fmt: skip
PROCESSING = {"scored_at", "decided_at", "run_id", "landed_at", "built_at"}


def compare(home: Path, other: Path, tables: tuple[str, ...] = TABLES) -> dict[str, tuple[int, int, list[str]]]:
    """For each table its rows in `home`, the rows that only one of the two has, and columns that only one has."""
    with connect(home / "warehouse.duckdb", read_only=True) as con:
        con.execute(f"attach {literal(other / 'warehouse.duckdb')} as other (read_only)")
        here = con.execute("select current_database()").fetchall()[0][0]
        return {table: _compare(con, ident(here), table) for table in tables}


def _compare(con: duckdb.DuckDBPyConnection, here: str, table: str) -> tuple[int, int, list[str]]:
    name = table if "." in table else f"main.{table}"
    ours, theirs = (_columns(con, f"{database}.{name}") for database in (here, "other"))
    shared = [column for column in ours if column in theirs and column not in PROCESSING]
    rows = con.execute(f"select count(*) from {here}.{name}").fetchall()[0][0]
    mine, other = (f"select {idents(shared)} from {database}.{name}" for database in (here, "other"))
    [(apart,)] = con.execute(
        f"select count(*) from (({mine} except all {other}) union all ({other} except all {mine}))"
    ).fetchall()
    return rows, apart, sorted(set(ours) ^ set(theirs))


def _columns(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [row[0] for row in con.execute(f"select column_name from (describe {relation})").fetchall()]


def main(arguments: list[str]) -> int:
    """Print a line for each table; 1 where any value differs."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    tables = tuple(arguments[2:]) or TABLES
    found = compare(Path(arguments[0]), Path(arguments[1]), tables)
    for table, (rows, apart, columns) in found.items():
        print(f"{table:20} {rows:>10,} rows, {apart:>6,} that differ", f"; in one only: {columns}" if columns else "")
    return 1 if any(apart for _, apart, _ in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
