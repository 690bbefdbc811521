"""The mart from raw tables against pandas, Polars and plain DuckDB: `python -m tests.benchmarks.mart`.

Every contender reads the same fleet and writes the mart to disk, in a process of its own, by turns. Ours is `dbt run`
up to `feature_mart`, with all that no peer does: baselines, late and corrected readings, exact sums. Polars is not
among the requirements; where it is not installed, its rows are left out. Before anything is timed, the sums of every
shared column must agree.
"""

import argparse
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from data.landing import land
from data.simulator import FleetSpec, simulate
from settings import load_settings
from tests.benchmarks.measure import Contender, Run, by_turns, python
from tests.benchmarks.peers.task import SHARED

DBT = Path(sys.executable).with_name("dbt")
OURS, COPY = "nightshift: dbt run", "DuckDB: copy the mart"
FORMS = ("two_level", "dynamic", "rolling")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds, landed = prepare(folder, FleetSpec(machines=given.machines, days=given.days))
        contenders = line_up(folder, feeds, landed)
        by_turns(contenders, 1, folder / "log")
        check_agreement(folder, contenders)
        contenders[COPY] = Contender([sys.executable, "-c", copying(folder)])
        print(table(by_turns(contenders, given.rounds, folder / "log")))
    return 0


def prepare(folder: Path, spec: FleetSpec) -> tuple[Path, Path]:
    """The fleet's feeds as Parquet, and a warehouse in which they have landed."""
    feeds = folder / "feeds"
    feeds.mkdir()
    for feed, rows in simulate(spec).feeds.items():
        rows.to_parquet(feeds / f"PdM_{feed}.parquet", index=False)
    land(feeds, folder / "landed.duckdb", load_settings(env={}).fleet)
    return feeds, folder / "landed.duckdb"


def line_up(folder: Path, feeds: Path, landed: Path) -> dict[str, Contender]:
    home = folder / "home"
    home.mkdir()
    dbt = [str(DBT), "run", "--exclude", "path:dbt_project/models/outcomes", "--target", "duckdb",
           "--target-path", str(home / "target"), "--log-path", str(home / "logs")]  # fmt: skip
    contenders = {
        OURS: Contender(dbt, lambda: _copied(landed, home / "warehouse.duckdb"), {"NIGHTSHIFT_HOME": str(home)}),
        "pandas": Contender(python("tests.benchmarks.peers.pandas_mart", feeds, folder / "pandas.parquet")),
        "DuckDB: a query a table": Contender(
            python("tests.benchmarks.peers.duckdb_mart", feeds, folder / "plain.duckdb"),
            lambda: (folder / "plain.duckdb").unlink(missing_ok=True),
        ),
    }
    if importlib.util.find_spec("polars"):
        for form in FORMS:
            out = folder / f"polars_{form}.parquet"
            contenders[f"Polars: {form}"] = Contender(python("tests.benchmarks.peers.polars_mart", feeds, out, form))
    return contenders


def check_agreement(folder: Path, contenders: dict[str, Contender]) -> None:
    """Every contender's mart holds as many rows, and each shared column the same sum."""
    sums = ", ".join(f"coalesce(sum({column})::double, 0)" for column in SHARED)
    with duckdb.connect() as con:
        con.execute(f"attach '{folder}/home/warehouse.duckdb' as ours (read_only)")
        con.execute(f"attach '{folder}/plain.duckdb' as plain (read_only)")
        marts = {"ours": "ours.main.feature_mart", "plain": "plain.main.feature_mart"}
        marts |= {path.stem: f"'{path}'" for path in folder.glob("*.parquet")}
        found = {
            name: con.execute(f"select count(*), {sums} from {mart}").fetchall()[0] for name, mart in marts.items()
        }
    if len(found) != len(contenders):
        raise SystemExit(f"{len(contenders)} contenders ran, and {len(found)} marts were found: {', '.join(found)}")
    for name, values in found.items():
        for column, theirs, ours in zip(("rows", *SHARED), values, found["ours"], strict=True):
            if abs(theirs - ours) > 1e-6 * max(1.0, abs(ours)):
                raise SystemExit(f"{name} and ours differ in {column}: {theirs} against {ours}")


def copying(folder: Path) -> str:
    """A program that writes our mart once more, as a floor for anything that writes it."""
    return (
        f"import duckdb; con = duckdb.connect('{folder}/home/warehouse.duckdb', read_only=True); "
        f"con.execute('set threads = 2'); con.execute(\"attach '{folder}/copy.duckdb' as copy (read_write)\"); "
        "con.execute('create or replace table copy.main.mart as select * from feature_mart')"
    )


def table(runs: dict[str, Run]) -> str:
    ours = runs[OURS].seconds
    lines = ["| contender | seconds | ours / theirs | peak, GB |", "|---|---|---|---|"]
    lines += [f"| {name} | {run.seconds:.1f} | {ours / run.seconds:.2f} | {run.peak_bytes / 1e9:.1f} |"
              for name, run in runs.items()]  # fmt: skip
    return "\n".join(lines)


def _copied(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(main())
