"""A fleet's year of telemetry landed, against plain readers of the same CSV file: `python -m tests.benchmarks.landing`.

Ours is `python -m ingestion` into a new warehouse, with all that no peer does: every cell checked, rows sorted by
time, repeats looked for, the file hashed and entered in the books. Each contender writes a file to disk. A year of a
hundred machines is read in little more time than Python takes to start, so that is timed too, and further lines have
the work without it. The same file with a hundred odd rows, and with a word for no value in a twentieth of its rows, is
measured against itself without.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from simulator import FleetSpec, simulate, write_drops
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.measure import Contender, Run, compared, python
from tests.benchmarks.peers.task import SENSORS

OURS, DUCKDB, PANDAS = "nightshift", "DuckDB: read_csv into a table", "pandas: read_csv into Parquet"
HUNDRED, TWENTIETH = "nightshift: a hundred odd rows", "nightshift: odd cells in a twentieth of the rows"
ODD_GOAL = 1.5
GOALS = {DUCKDB: 1.5, PANDAS: 1.0}
STARTS = {OURS: "import ingestion.__main__", DUCKDB: "import duckdb", PANDAS: "import pandas, pyarrow.csv"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(table(measured(given.rounds, given.machines, given.days)[0]))
    return 0


def measured(rounds: int, machines: int = 100, days: int = 365) -> tuple[list[Comparison], list[str]]:
    """Whole processes against each peer, with their goals; then the same without what the bare imports take."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contenders = line_up(folder, FleetSpec(machines=machines, days=days))
        runs = compared(contenders, rounds, folder / "log")
        rows = check_agreement(folder)
    work = f"{rows:,} rows of CSV landed"
    bare = {name: _without(runs[name], runs[_start(name)]) for name in STARTS}
    whole = [Comparison(work, peer, runs[OURS], runs[peer], goal) for peer, goal in GOALS.items()]
    apart = [Comparison(f"{work}, without starting Python", peer, bare[OURS], bare[peer]) for peer in GOALS]
    odd = [
        Comparison(f"{work}, {name.partition(': ')[2]}", "the same file without", runs[name], runs[OURS], ODD_GOAL)
        for name in (HUNDRED, TWENTIETH)
    ]
    return whole + apart + odd, []


def line_up(folder: Path, spec: FleetSpec) -> dict[str, Contender]:
    drops, home = folder / "drops", folder / "home"
    for path in write_drops(simulate(spec), drops):
        if path.name not in ("PdM_telemetry.csv", "PdM_machines.csv"):
            path.unlink()
    telemetry = drops / "PdM_telemetry.csv"
    env = {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops)}
    duckdb_file, parquet = folder / "plain.duckdb", folder / "pandas.parquet"
    return {
        OURS: Contender(python("ingestion"), lambda: shutil.rmtree(home, ignore_errors=True), env),
        DUCKDB: Contender(
            python("tests.benchmarks.peers.duckdb_csv", telemetry, duckdb_file),
            lambda: duckdb_file.unlink(missing_ok=True),
        ),
        PANDAS: Contender(
            python("tests.benchmarks.peers.pandas_csv", telemetry, parquet), lambda: parquet.unlink(missing_ok=True)
        ),
        HUNDRED: _odd(folder / "hundred", drops, lambda number, rows: number % (rows // 100) == rows // 100 - 1),
        TWENTIETH: _odd(folder / "twentieth", drops, lambda number, rows: number % 20 == 0),
        **{_start(name): Contender([sys.executable, "-c", code]) for name, code in STARTS.items()},
    }


def _odd(folder: Path, drops: Path, picks: Callable[[int, int], bool]) -> Contender:
    """Ours, on a copy of `drops` with a word as the last reading of the rows that are picked by number and count.

    The last of a hundred lies in the last row: whatever finds it has read the whole file before.
    """
    shutil.copytree(drops, folder / "drops")
    telemetry, home = folder / "drops" / "PdM_telemetry.csv", folder / "home"
    head, *rows = telemetry.read_text().splitlines()
    cells = [f"{row.rpartition(',')[0]},Bad" if picks(number, len(rows)) else row for number, row in enumerate(rows)]
    telemetry.write_text("\n".join([head, *cells, ""]))
    env = {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(telemetry.parent)}
    return Contender(python("ingestion"), lambda: shutil.rmtree(home, ignore_errors=True), env)


def check_agreement(folder: Path) -> int:
    """Every contender's table holds as many rows, and each column the same sum; returns the rows."""
    sums = ", ".join(f"sum({column}::double)" for column in ("epoch(datetime)", "machineID", *SENSORS))
    with duckdb.connect() as con:
        con.execute(f"attach '{folder}/home/warehouse.duckdb' as ours (read_only)")
        con.execute(f"attach '{folder}/plain.duckdb' as plain (read_only)")
        tables = {OURS: "ours.raw.telemetry", DUCKDB: "plain.telemetry", PANDAS: f"'{folder}/pandas.parquet'"}
        found = {
            name: con.execute(f"select count(*), {sums} from {table}").fetchall()[0] for name, table in tables.items()
        }
    for name, values in found.items():
        if any(abs(theirs - ours) > 1e-9 * abs(ours) for theirs, ours in zip(values, found[OURS], strict=True)):
            raise SystemExit(f"{name} and ours differ: {values} against {found[OURS]}")
    return int(found[OURS][0])


def _start(name: str) -> str:
    return f"{name}: start"


def _without(run: Run, start: Run) -> Run:
    return Run(max(run.seconds - start.seconds, 1e-3), run.peak_bytes)


if __name__ == "__main__":
    sys.exit(main())
