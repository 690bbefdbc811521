"""What a publication costs as the history grows: `python -m tests.benchmarks.publishing`.

A fleet of made-up answers, a night of each machine a day, is published; then one night more. Each history is a process
of its own, and what is printed is the second publication: what every night costs. The mart is left out, for a night
writes its last month and no more.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from delivery.publishing.snapshots import LATEST, PUBLISHED_DATABASE, publish
from settings import ROOT
from steps.publish import GROWING
from warehouse.connection import THREADS

TABLES = {"predictions": "predictions", "prediction_log": "predictions"}
NIGHT = """
    select
        timestamp '2025-01-01 06:00' + to_days(night::int) as as_of, printf('M%07d', machine) as machine_id,
        {probabilities}, random() > 0.95 as alert,
        case when random() > 0.9 then 'elevated' else 'normal' end as risk_level,
        case when random() > 0.9 then printf('error1 18 h ago; volt 24 h mean %.1f', random() * 200) end as reasons,
        'nightshift' as model_name, '3' as model_version, md5(random()::varchar) as features_hash
    from range({first}, {last}) as nights(night), range({machines}) as machines(machine)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 365])
    parser.add_argument("--one", type=Path, help="publish into this folder, one history, and print it")
    given = parser.parse_args()
    for days in given.days:
        if given.one:
            print(once(given.one, given.machines, days), flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            step = ["--machines", str(given.machines), "--days", str(days), "--one", folder]
            subprocess.run([sys.executable, "-m", __spec__.name, *step], cwd=ROOT, check=True)
    return 0


def once(folder: Path, machines: int, days: int) -> str:
    con = duckdb.connect()
    con.execute(f"set threads = {THREADS}")
    con.execute(f"create table predictions as {nights(0, days, machines)}")
    publish(con, folder, TABLES, growing=GROWING)
    con.execute(f"insert into predictions {nights(days, days + 1, machines)}")
    began, spent = time.monotonic(), time.process_time()
    publish(con, folder, TABLES, growing=GROWING)
    seconds, cpu = time.monotonic() - began, time.process_time() - spent
    size = (folder / LATEST / PUBLISHED_DATABASE).stat().st_size / 1e6
    return f"{machines:,} machines, {days} nights: {seconds:.2f} s, {cpu:.2f} CPU s, a DuckDB file of {size:,.0f} MB"


def nights(first: int, last: int, machines: int) -> str:
    probabilities = ", ".join(f"random() as probability_{at}" for at in range(16))
    return NIGHT.format(probabilities=probabilities, first=first, last=last, machines=machines)


if __name__ == "__main__":
    sys.exit(main())
