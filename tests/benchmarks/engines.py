"""When to move: a full build and a night on DuckDB and on Spark, `python -m tests.benchmarks.engines`, with a picture.

Each size is simulated once; each engine, in a home of its own, lands all of it but the last 24 hours and calls
`dbt run` up to `feature_mart`, then lands the rest and calls it again. Spark is the target `spark`: the same two cores,
one JVM. After the night both marts must hold the same. Needs `make setup-spark`.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
from matplotlib.figure import Figure

from tests.benchmarks.dbt import dbt_command
from tests.benchmarks.fleet import START, write_fleet
from tests.benchmarks.line import draw_line
from tests.benchmarks.measure import Contender, Run, once, python

ENGINES = {"duckdb": "DuckDB", "spark": "Spark, local"}
COLORS = {"duckdb": "#2f5d8a", "spark": "#c2662d"}
STEPS = ("first landing", "full build", "night's landing", "night's build")
SHOW = "from ingestion.engine import show_tables; from settings import load_settings; show_tables(load_settings())"
SHARED_COLUMNS = ("fails_any", "volt_mean_24h", "vibration_sd_48h", "errors_count_24h", "comp1_hours_since_replacement")


@dataclass(frozen=True)
class Played:
    """Seconds of each of STEPS, and the bytes that the home takes after them."""

    seconds: Mapping[str, float]
    bytes: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--spark-memory", default="8g")
    parser.add_argument("--picture", type=Path, help="where to draw it, as PNG or SVG")
    given = parser.parse_args()
    os.environ["NIGHTSHIFT_SPARK_MEMORY"] = given.spark_memory
    played = {}
    for machines in given.machines:
        played[machines] = measured(machines, given.days)
        print(*lines(machines, played[machines]), sep="\n", flush=True)
    if given.picture:
        draw(played, given.days, given.picture)
    return 0


def measured(machines: int, days: int) -> dict[str, Played]:
    """Both engines on the same files. Raises SystemExit where their marts differ."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history, last_day = _split(write_fleet(folder / "feeds", machines, days + 1), folder, days)
        found = {engine: play(engine, folder / engine, history, last_day) for engine in ENGINES}
        check_agreement({engine: folder / engine / "warehouse.duckdb" for engine in ENGINES})
    return found


def play(engine: str, home: Path, history: Path, last_day: Path) -> Played:
    home.mkdir()
    runs = [step(home, engine, drops, what) for drops in (history, last_day) for what in ("land", "build")]
    once(Contender([sys.executable, "-c", SHOW], env=_env(home, engine, history)), home / "log")
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return Played({name: run.seconds for name, run in zip(STEPS, runs, strict=True)}, size)


def step(home: Path, engine: str, drops: Path, what: str) -> Run:
    command = python("ingestion") if what == "land" else dbt_command("run", home, target=engine)
    return once(Contender(command, env=_env(home, engine, drops)), home / "log")


def _env(home: Path, engine: str, drops: Path) -> dict[str, str]:
    return {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops), "NIGHTSHIFT_TARGET": engine}


def check_agreement(warehouses: Mapping[str, Path]) -> None:
    """Both marts hold as many rows, and some columns of each room the same sums."""
    sums = ", ".join(f"coalesce(sum({column})::double, 0)" for column in SHARED_COLUMNS)
    found = {}
    for engine, warehouse in warehouses.items():
        with duckdb.connect(str(warehouse), read_only=True) as con:
            found[engine] = con.execute(f"select count(*), {sums} from feature_mart").fetchall()[0]
    ours, theirs = found.values()
    if any(abs(one - other) > 1e-9 * max(1.0, abs(one)) for one, other in zip(ours, theirs, strict=True)):
        raise SystemExit(f"the marts differ: {found}")


def lines(machines: int, played: Mapping[str, Played]) -> list[str]:
    """A row a step, and the ratio of the engines."""
    out = [f"| {machines:,} machines | {' | '.join(ENGINES.values())} | ratio |", "|---|---|---|---|"]
    for name in STEPS:
        duck, spark = (played[engine].seconds[name] for engine in ENGINES)
        out.append(f"| {name} | {duck:.1f} s | {spark:.1f} s | {spark / duck:.1f} |")
    duck, spark = (played[engine].bytes / 1e9 for engine in ENGINES)
    return [*out, f"| on disk | {duck:.1f} GB | {spark:.1f} GB | {spark / duck:.1f} |"]


def draw(played: Mapping[int, Mapping[str, Played]], days: int, picture: Path) -> None:
    """Seconds of a full build (left) and of a night, landing and build (right), against machines."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    sizes = sorted(played)
    for ax, title, steps in zip(axes, ("full build", "a night"), (STEPS[1:2], STEPS[2:]), strict=True):
        for engine, name in ENGINES.items():
            seconds = [sum(played[size][engine].seconds[step] for step in steps) for size in sizes]
            draw_line(ax, sizes, seconds, COLORS[engine], name)
        ax.set_title(f"{title}, {days} days of history")
        ax.set_xlabel("machines")
        ax.legend(frameon=False)
    axes[0].set_ylabel("seconds")
    figure.savefig(picture, dpi=110)


def _split(feeds: Path, folder: Path, days: int) -> tuple[Path, Path]:
    """Drops with all that is known before the last 24 hours, and drops with the rest."""
    history, last_day = folder / "history", folder / "last_day"
    cut = START + timedelta(days=days)
    with duckdb.connect() as con:
        for drops in (history, last_day):
            drops.mkdir()
        for feed in feeds.glob("*.parquet"):
            columns = {row[0] for row in con.execute(f"describe select * from '{feed}'").fetchall()}
            known = "available_at" if "available_at" in columns else "datetime"
            for drops, side in ((history, "<="), (last_day, ">")):
                where = f"where {known} {side} timestamp '{cut}'" if known in columns else ""
                if where or drops == history:
                    con.execute(f"copy (select * from '{feed}' {where}) to '{drops / feed.name}' (format parquet)")
            feed.unlink()
    return history, last_day


if __name__ == "__main__":
    sys.exit(main())
