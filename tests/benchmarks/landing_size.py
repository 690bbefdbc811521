"""Does landing hold as the file grows? `python -m tests.benchmarks.landing_size --gigabytes 1 3 10`.

One CSV of hourly readings a size, written by DuckDB in order of time, once as it is and once with a word in place of a
reading in a hundred rows from the first to the last; each is landed by `python -m ingestion` in a process and a home of
its own. Needs three times the largest file as free disk.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from tests.benchmarks.measure import Contender, Run, once, python
from warehouse.sql import literal

ROW_BYTES = 56.5  # of a row as it is written below
MACHINES, ODD_ROWS = 1000, 100
START = "timestamp '2000-01-01'"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[1.0, 3.0, 10.0])
    parser.add_argument("--folder", type=Path, help="where to write; by default below the system's folder for such")
    given = parser.parse_args()
    print("| file | rows | as it is | a hundred odd rows | ratio | peak, GB: as it is / odd |")
    print("|---|---|---|---|---|---|", flush=True)
    for gigabytes in given.gigabytes:
        print(line(gigabytes, given.folder), flush=True)
    return 0


def line(gigabytes: float, where: Path | None) -> str:
    """One size, both files, as a row of the table."""
    rows = int(gigabytes * 1e9 / ROW_BYTES)
    clean, size = landed(rows, 0, where)
    odd, _ = landed(rows, ODD_ROWS, where)
    return (
        f"| {size / 1e9:.1f} GB | {rows:,} | {clean.seconds:.1f} s | {odd.seconds:.1f} s | "
        f"{odd.seconds / clean.seconds:.2f} | {clean.peak_bytes / 1e9:.1f} / {odd.peak_bytes / 1e9:.1f} |"
    )


def landed(rows: int, odd: int, where: Path | None) -> tuple[Run, int]:
    """How a file of `rows` landed, and its bytes. Raises SystemExit where a row is missing from the warehouse."""
    with tempfile.TemporaryDirectory(dir=where) as name:
        folder = Path(name)
        drops, home = folder / "drops", folder / "home"
        drops.mkdir()
        write(drops / "PdM_telemetry.csv", rows, odd)
        size = (drops / "PdM_telemetry.csv").stat().st_size
        env = {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops)}
        run = once(Contender(python("ingestion"), env=env), folder / "log")
        check(home / "warehouse.duckdb", rows, odd)
        shutil.rmtree(home)
        return run, size


def write(path: Path, rows: int, odd: int) -> None:
    """Readings of a thousand machines, hour by hour. The last of the odd rows is the file's last row."""
    every = rows // odd if odd else 0
    vibration = "printf('%.12f', 40 + hash(n, 3) % 10000 / 1000)"
    picked = f"case when n % {every} = {every - 1} then 'Bad' else {vibration} end" if odd else vibration
    with duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": True}) as con:
        con.execute(f"""
            copy (
                select
                    {START} + to_hours(n // {MACHINES}) as datetime,
                    n % {MACHINES} + 1 as "machineID",
                    170 + hash(n, 0) % 10000 / 1000 as volt,
                    440 + hash(n, 1) % 10000 / 1000 as rotate,
                    100 + hash(n, 2) % 10000 / 1000 as pressure,
                    {picked} as vibration
                from range({rows}) as readings(n)
            ) to {literal(path)} (format csv)
        """)


def check(warehouse: Path, rows: int, odd: int) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        found = con.execute("select count(*), count(*) - count(vibration) from raw.telemetry").fetchall()[0]
    expected = (rows, odd and rows // (rows // odd))
    if found != expected:
        raise SystemExit(f"(rows, without a vibration) are {found}, and should be {expected}")


if __name__ == "__main__":
    sys.exit(main())
