"""How many rows a night scans on top of a short and of a long history: `python -m tests.benchmarks.night_reads`.

Lands all days but the last of a demo fleet, builds, lands the last day, and builds again. The rows are those that
DuckDB says its table scans read (`total_rows_scanned`, whole row groups of 122,880 rows) when each model's query of
that second build is run once more.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from datetime import date
from pathlib import Path

from ingestion import land
from settings import ROOT, load_settings
from simulator import FleetSpec, simulate, write_drops
from tests.benchmarks.dbt import dbt_command
from warehouse.connection import connect


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 365])
    given = parser.parse_args()
    print("| history, days | mart rows | rows a night scans | to stage | from features to mart | dbt run, s |")
    print("|---|---|---|---|---|---|")
    for days in given.days:
        print(measure(given.machines, days), flush=True)


def measure(machines: int, days: int) -> str:
    """One row of the table, for a night on top of `days` days."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        spec = FleetSpec(machines=machines, days=days + 1, start=date(2025, 1, 1), seed=7)
        paths = write_drops(simulate(spec), home / "all", split="daily")
        last = max(path.name[-14:-4] for path in paths if "telemetry" in path.name)
        _land(home, [path for path in paths if last not in path.name])
        _dbt(home, "run")
        _land(home, [path for path in paths if last in path.name])
        # The night's queries begin where its own window does.
        _dbt(home, "run", "--select", "build_window")
        _dbt(home, "compile")
        scans = {path.stem: _scanned(home, path) for path in _compiled(home)}
        began = time.monotonic()
        _dbt(home, "run")
        seconds = time.monotonic() - began
        with connect(home / "warehouse.duckdb", read_only=True) as con:
            rows = con.execute("select count(*) from feature_mart").fetchall()[0][0]
    staging = sum(count for model, count in scans.items() if model.startswith(("stg_", "build_", "machine_", "fleet_")))
    total = sum(scans.values())
    return f"| {days} | {rows:,} | {total:,} | {staging:,} | {total - staging:,} | {seconds:.1f} |"


def _land(home: Path, paths: list[Path]) -> None:
    inbox = home / "inbox"
    inbox.mkdir(exist_ok=True)
    for path in paths:
        path.rename(inbox / path.name)
    land(inbox, home / "warehouse.duckdb", load_settings().fleet)


def _dbt(home: Path, command: str, *options: str) -> None:
    env = {**os.environ, "NIGHTSHIFT_HOME": str(home)}
    whole = dbt_command(command, home, *options)
    done = subprocess.run(whole, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:])


def _compiled(home: Path) -> list[Path]:
    """The models' own queries: not their tests, which lie in folders named after a YAML file, and not the view."""
    found = (home / "target/compiled/nightshift/dbt_project/models").rglob("*.sql")
    return sorted(path for path in found if path.parent.suffix != ".yml" and path.stem != "mart_rows")


def _scanned(home: Path, query: Path) -> int:
    with connect(home / "warehouse.duckdb") as con:
        con.execute("set enable_profiling = 'json'")
        con.execute("set profiling_mode = 'all'")
        plan = con.execute(f"explain (analyze, format json) {query.read_text()}").fetchall()[0][1]
    return int(json.loads(plan)["query"]["total_rows_scanned"])


if __name__ == "__main__":
    main()
