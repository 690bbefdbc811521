"""A night scored on Spark against the same night on DuckDB: `python -m tests.benchmarks.spark_scoring`.

Both score the same mart and write the prediction log, on two cores. A night on Spark pays once for the start of a JVM,
so the note below the table tells what the step takes in a session that is warm.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pandas as pd

from settings import home_for, load_settings
from steps.score import score_nights
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.measure import Contender, compared, once, python
from tests.benchmarks.scoring import LOG, prepare, suited
from warehouse.connection import connect, open_warehouse
from warehouse.spark.duckdb_views import refresh_views
from warehouse.spark.session import spark_session
from warehouse.sql import literal

TABLES = ("feature_mart", "stg_telemetry", "fleet_clock")
ANSWERS = "predictions.parquet"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=2, help="that the night's partition has")
    parser.add_argument("--step", choices=("duckdb", "spark", "warm"), help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        return step(given.home, given.step)
    found, notes = measured(given.rounds, given.machines, given.files)
    print(table(found), *notes, sep="\n\n")
    return 0


def measured(rounds: int, machines: int, files: int) -> tuple[list[Comparison], list[str]]:
    """The comparison, processes and all, and the rows a second of the steps alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, lake = folder / "home", folder / "spark"
        with home_for(home):
            prepare(folder, machines)
        hand_over(home, lake, files)
        contenders = {
            "ours": Contender(_step(lake, "spark")),
            "duckdb": Contender(_step(home, "duckdb"), lambda: _forget(home)),
        }
        runs = compared(contenders, rounds, folder / "log", lambda: check_agreement(home, lake, machines))
        once(Contender(_step(lake, "warm")), folder / "log")
        spent = {file.stem: json.loads(file.read_text()) for at in (lake, home) for file in at.glob("*.json")}
    work = f"score a night of {machines:,} machines on Spark, local[2]"
    return [Comparison(work, "DuckDB", *runs.values())], [_note(spent, machines)]


def step(home: Path, engine: str) -> int:
    """One night as the nightly job scores it; `warm`: twice in one session of Spark, cold and warm."""
    os.environ["NIGHTSHIFT_TARGET"] = "duckdb" if engine == "duckdb" else "spark"
    with home_for(home):
        settings = suited(load_settings())
        with open_warehouse(settings, read_only=True) as con:
            [(as_of,)] = con.execute("select max(as_of) from feature_mart").fetchall()
        spent = []
        with spark_session(settings) if engine == "warm" else nullcontext():
            for _ in range(2 if engine == "warm" else 1):
                began = time.monotonic()
                predictions, _ = score_nights(settings, [as_of])
                spent.append(time.monotonic() - began)
        (home / f"{engine}.json").write_text(json.dumps(spent))
        predictions.to_parquet(home / ANSWERS)
    return 0


def hand_over(home: Path, lake: Path, files: int) -> None:
    """A Spark workspace in `lake` with the mart and the registry of the DuckDB workspace in `home`."""
    lake.mkdir()
    (lake / "mlflow.db").write_bytes((home / "mlflow.db").read_bytes())
    settings = load_settings(env={"NIGHTSHIFT_HOME": str(lake), "NIGHTSHIFT_TARGET": "spark"})
    with connect(home / "warehouse.duckdb", read_only=True) as con:
        for name in TABLES:
            day = ", as_of::date as day" if name == "feature_mart" else ""
            con.execute(f"copy (select *{day} from {name}) to {literal(lake / name)} (format parquet)")
    with home_for(lake), spark_session(settings) as session:
        session.sql(f"create schema if not exists main location '{settings.paths.lake / 'main.db'}'")
        for name in TABLES:
            rows = session.read.parquet(str(lake / name)).repartition(files if name == "feature_mart" else 1).write
            (rows.partitionBy("day") if name == "feature_mart" else rows).saveAsTable(f"main.{name}")
        refresh_views(settings, session)


def check_agreement(home: Path, lake: Path, machines: int) -> None:
    """Both have said the same of every machine."""
    said = [pd.read_parquet(at / ANSWERS).sort_values("machine_id", ignore_index=True) for at in (home, lake)]
    ours, theirs = (frame.drop(columns="scored_at") for frame in said)
    if len(ours) != machines or not ours.equals(theirs):
        raise SystemExit(f"the engines differ:\n{ours.compare(theirs).head()}")


def _step(home: Path, engine: str) -> Sequence[str]:
    return [*python("tests.benchmarks.spark_scoring"), "--step", engine, "--home", str(home)]


def _note(spent: dict[str, list[float]], machines: int) -> str:
    [duckdb], [spark], (_, warm) = (spent[name] for name in ("duckdb", "spark", "warm"))
    return (
        f"The step alone, imports apart: DuckDB {duckdb:.1f} s ({machines / duckdb:,.0f} rows/s); Spark {spark:.1f} s "
        f"with the start and end of its JVM ({spark / duckdb:.1f} times as long), and {warm:.1f} s in a session that "
        f"has scored before ({machines / warm:,.0f} rows/s, {warm / duckdb:.1f} times as long)."
    )


def _forget(home: Path) -> None:
    """The night as if it had never been scored."""
    with connect(home / "warehouse.duckdb") as con:
        con.execute(f"truncate {LOG}")
        con.execute("checkpoint")


if __name__ == "__main__":
    sys.exit(main())
