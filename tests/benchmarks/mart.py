"""The mart from raw tables against pandas, Polars and plain DuckDB: `python -m tests.benchmarks.mart`.

Every contender reads the same fleet and writes the whole mart to disk, every column of it, in a process of its own, by
turns; but what takes minutes runs once. Ours is `dbt run` up to `feature_mart`, with all that no peer does: late and
corrected readings, lives, outages, exact sums. Polars is not among the requirements (`make bench` installs it); where
it is missing, so are its rows. After the first round every value of every column must agree, or nothing is said.
"""

import argparse
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from ingestion import land
from settings import load_settings
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.dbt import dbt_command
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.measure import Contender, Run, by_turns, middle, python
from tests.benchmarks.peers.task import FEATURES, LABELS

OURS, COPY, START = "nightshift", "DuckDB copying the mart", "nightshift, two machines"
PANDAS, PLAIN = "pandas, rolling by machine", "DuckDB, a query a table"
FORMS = ("two_level", "dynamic", "rolling")
GOALS = {PANDAS: 1 / 5, "Polars": 1.0, COPY: 4.0}
NEAR = 1e-5  # of a value: peers sum doubles, and ours are stored as FLOAT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    comparisons, notes = measured(given.rounds, given.machines, given.days)
    print(table(comparisons), *notes, sep="\n\n")
    return 0


def measured(rounds: int, machines: int = 1000, days: int = 365) -> tuple[list[Comparison], list[str]]:
    """Ours against each peer, and what dbt takes where there is nothing to build."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = write_fleet(folder / "feeds", machines, days)
        contenders = line_up(folder, feeds, landed(feeds, folder / "landed.duckdb"))
        tried = by_turns(contenders, 1, folder / "log")
        check_agreement(folder, contenders)
        slower = _all_but_the_best(tried)
        once = {**slower, **{name: middle(tried[name]) for name in (PANDAS, PLAIN)}}
        contenders = {name: contender for name, contender in contenders.items() if name not in once}
        contenders[COPY] = copy_of_mart(folder)
        few = write_fleet(folder / "few", 2, 10)
        contenders[START] = ours(folder / "start", landed(few, folder / "few.duckdb"))
        tried |= by_turns({name: contenders[name] for name in (COPY, START)}, 1, folder / "log")
        rest = by_turns(contenders, rounds - 1, folder / "log")
        runs = {name: middle([*tried[name], *rest.get(name, [])]) for name in tried if name not in slower}
    work = f"the full mart, {machines:,} machines x {days} days"
    peers = {name: run for name, run in runs.items() if name not in {OURS, START}}
    comparisons = [Comparison(work, name, runs[OURS], run, _goal(name)) for name, run in peers.items()]
    start = runs[START].seconds
    notes = [
        f"Of ours, {start:.1f} s is `dbt run` itself: what it takes for two machines and ten days. "
        f"{PANDAS} and {PLAIN} ran once."
    ]
    if slower:
        others = ", ".join(f"{name} {run.seconds:.1f} s" for name, run in slower.items())
        notes.append(f"The other forms of Polars took longer when each ran once: {others}.")
    return comparisons, notes


def landed(feeds: Path, warehouse: Path) -> Path:
    land(feeds, warehouse, load_settings(env={}).fleet)
    return warehouse


def ours(home: Path, landed: Path) -> Contender:
    """`dbt run` up to the mart in a home that begins with nothing but what has landed."""
    home.mkdir()
    return Contender(
        dbt_command("run", home), lambda: _copied(landed, home / "warehouse.duckdb"), {"NIGHTSHIFT_HOME": str(home)}
    )


def line_up(folder: Path, feeds: Path, landed: Path) -> dict[str, Contender]:
    contenders = {
        OURS: ours(folder / "home", landed),
        PANDAS: Contender(python("tests.benchmarks.peers.pandas_mart", feeds, folder / "pandas.parquet")),
        PLAIN: Contender(
            python("tests.benchmarks.peers.duckdb_mart", feeds, folder / "plain.duckdb"),
            lambda: (folder / "plain.duckdb").unlink(missing_ok=True),
        ),
    }
    if importlib.util.find_spec("polars"):
        for form in FORMS:
            out = folder / f"polars_{form}.parquet"
            contenders[f"Polars, {form}"] = Contender(python("tests.benchmarks.peers.polars_mart", feeds, out, form))
    return contenders


def check_agreement(folder: Path, contenders: dict[str, Contender]) -> None:
    """Every contender's mart holds the same rows and, in every column, the same values; NaN says what NULL says.

    Labels are compared where ours says one: no peer knows of outages, or of planned replacements that hide what would
    have been.
    """
    with duckdb.connect() as con:
        con.execute(f"attach '{folder}/home/warehouse.duckdb' as ours (read_only)")
        con.execute(f"attach '{folder}/plain.duckdb' as plain (read_only)")
        peers = {"plain": "plain.main.feature_mart", **{path.stem: f"'{path}'" for path in folder.glob("*.parquet")}}
        if len(peers) + 1 != len(contenders):
            raise SystemExit(f"{len(contenders)} contenders ran, and beside ours were found: {', '.join(peers)}")
        [(rows,)] = con.execute("select count(*) from ours.main.feature_mart").fetchall()
        for name, mart in peers.items():
            apart = ", ".join(f"count(*) filter (where {_apart(column)})" for column in (*FEATURES, *LABELS))
            shared, *found = con.execute(
                f"select count(*), {apart} from ours.main.feature_mart as ours "
                f"join {mart} as theirs on ours.machine_id = theirs.machineID::varchar and ours.as_of = theirs.as_of"
            ).fetchall()[0]
            [(theirs,)] = con.execute(f"select count(*) from {mart}").fetchall()
            if not rows == shared == theirs:
                raise SystemExit(f"{name} has {theirs} rows, ours {rows}, and {shared} are the same machine and time")
            odd = {column: n for column, n in zip((*FEATURES, *LABELS), found, strict=True) if n}
            if odd:
                raise SystemExit(f"Of {rows} rows, so many of {name} differ from ours: {odd}")


def _apart(column: str) -> str:
    ours, theirs = (f"nullif(cast({mart}.{column} as double), 'NaN')" for mart in ("ours", "theirs"))
    if column in LABELS:
        return f"{ours} <> {theirs}"
    return (
        f"({ours} is null) <> ({theirs} is null) "
        f"or abs({ours} - {theirs}) > {NEAR} * greatest(1, abs({ours}), abs({theirs}))"
    )


def copy_of_mart(folder: Path) -> Contender:
    """Writing our mart once more, from a plain table, as a floor for anything that writes it."""
    return Contender([sys.executable, "-c", copying(folder)], lambda: _as_table(folder))


def copying(folder: Path) -> str:
    """The program: a copy of the table that `_as_table` has made."""
    return (
        f"import duckdb; con = duckdb.connect('{folder}/table.duckdb', read_only=True); "
        f"con.execute('set threads = 2'); con.execute(\"attach '{folder}/copy.duckdb' as copy (read_write)\"); "
        "con.execute('create or replace table copy.main.mart as select * from mart')"
    )


def _as_table(folder: Path) -> None:
    """The mart, which is a view, as a table in a file of its own: the copy pays for no join."""
    with duckdb.connect(str(folder / "table.duckdb")) as con:
        con.execute(f"attach '{folder}/home/warehouse.duckdb' as ours (read_only)")
        con.execute('use ours; create table if not exists "table".main.mart as select * from feature_mart')


def _all_but_the_best(tried: dict[str, list[Run]]) -> dict[str, Run]:
    """The forms of Polars that the first look found slower than its best."""
    forms = {name: middle(runs) for name, runs in tried.items() if name.startswith("Polars")}
    best = min(forms, key=lambda name: forms[name].seconds, default=None)
    return {name: run for name, run in forms.items() if name != best}


def _goal(peer: str) -> float | None:
    return next((goal for name, goal in GOALS.items() if peer.startswith(name)), None)


def _copied(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(main())
