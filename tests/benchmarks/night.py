"""A night on top of a short and of a long history, landing to mart: `python -m tests.benchmarks.night`.

Lands and builds all hours of a fleet but the last 24, then, from a copy of that warehouse each time, lands those and
calls `dbt run` up to `feature_mart`: as every night, and with `--full-refresh`. What dbt says that its models took
(`run_results.json`) is stated apart from the whole, most of which is dbt and Python starting.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from simulator import FleetSpec, simulate
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.dbt import dbt_command
from tests.benchmarks.measure import Contender, Run, middle, once, python
from tests.orchestration.kill_kit import EXCLUDED

FLAT, SMALL = 1.2, 0.05  # the most a night may grow with history, and cost of a rebuild


@dataclass(frozen=True)
class Played:
    """One landing and one `dbt run`, with what dbt itself tells of it.

    `models`: the seconds that each took, several at a time; `building`: those from the first one's beginning to the
    last one's end.
    """

    landing: Run
    dbt: Run
    models: dict[str, float]
    building: float

    @property
    def whole(self) -> Run:
        return Run(self.landing.seconds + self.dbt.seconds, max(self.landing.peak_bytes, self.dbt.peak_bytes))

    @property
    def built(self) -> Run:
        return Run(self.building, self.dbt.peak_bytes)

    @property
    def start_seconds(self) -> float:
        return self.dbt.seconds - self.built.seconds


@dataclass(frozen=True)
class Measured:
    """The nights and the full rebuilds on one history, a round each."""

    days: int
    nights: list[Played]
    rebuilds: list[Played]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=200)
    parser.add_argument("--days", type=int, nargs=2, default=[30, 365], help="the short and the long history")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    found, notes = measured(given.rounds, given.machines, given.days)
    print(table(found), *notes, sep="\n\n")
    return 0


def measured(rounds: int, machines: int = 200, days: Sequence[int] = (30, 365)) -> tuple[list[Comparison], list[str]]:
    """The night on the long history against itself on the short one, and against a full rebuild."""
    short, long = measure(rounds, machines, days)
    notes = []
    for history in (short, long):
        start = _median(night.start_seconds for night in history.nights)
        landing = _median(night.landing.seconds for night in history.nights)
        notes.append(
            f"A night on {history.days} days: {landing:.2f} s to land, {start:.2f} s for dbt to start and end."
        )
    return _comparisons(machines, short, long), [*notes, by_model(short, long)]


def measure(rounds: int, machines: int, days: Sequence[int]) -> tuple[Measured, Measured]:
    """Both histories, by turns within a round; the marts of a night and of its rebuild must be the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        homes = [prepare(folder / str(history), machines, history) for history in days]
        found = [Measured(history, [], []) for history in days]
        for turn in range(rounds):
            for home, measured in zip(homes, found, strict=True):
                measured.nights.append(play(home))
                after = mart_digest(home / "warehouse.duckdb") if turn == 0 else None
                measured.rebuilds.append(play(home, "--full-refresh"))
                if turn == 0:
                    check_agreement(home, after)
    return found[0], found[1]


def prepare(home: Path, machines: int, days: int) -> Path:
    """A home whose warehouse has all but the last day built, kept as `before.duckdb`, and that day's files in drops."""
    spec = FleetSpec(machines=machines, days=days + 1, start=date(2025, 1, 1), seed=7)
    cut = pd.Timestamp(spec.start + timedelta(days=days))
    drops = home / "drops"
    drops.mkdir(parents=True)
    last_day = {}
    for feed, rows in simulate(spec).feeds.items():
        known = rows.get("available_at", rows.get("datetime", pd.Series(cut, rows.index))) > cut
        rows[~known | (feed == "machines")].to_parquet(drops / f"PdM_{feed}.parquet", index=False)
        last_day[feed] = rows[known]
    _land(home)
    _dbt(home)
    for path in drops.iterdir():
        path.unlink()
    for feed, rows in last_day.items():
        if len(rows):
            rows.to_csv(drops / f"PdM_{feed}_{cut:%Y-%m-%d}.csv", index=False)
    (home / "warehouse.duckdb").rename(home / "before.duckdb")
    return home


def play(home: Path, *options: str) -> Played:
    shutil.copyfile(home / "before.duckdb", home / "warehouse.duckdb")
    landing, dbt = _land(home), _dbt(home, *options)
    results = json.loads((home / "target/run_results.json").read_text())["results"]
    models = {found["unique_id"].split(".")[-1]: found["execution_time"] for found in results}
    spans = [span for found in results for span in found["timing"]]
    began, ended = min(span["started_at"] for span in spans), max(span["completed_at"] for span in spans)
    return Played(landing, dbt, models, (pd.Timestamp(ended) - pd.Timestamp(began)).total_seconds())


def check_agreement(home: Path, after_night: tuple[int, int] | None) -> None:
    """The mart of a night is that of a rebuild, and not the one before."""
    before, rebuilt = (mart_digest(home / name) for name in ("before.duckdb", "warehouse.duckdb"))
    if after_night != rebuilt or before == after_night:
        raise SystemExit(f"rows of the mart: {before} before the night, {after_night} after it, {rebuilt} rebuilt")


def mart_digest(warehouse: Path) -> tuple[int, int]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return digest(con, "feature_mart")


def digest(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """Rows of a table, and the sum of their hashes, without the moments of processing."""
    names = [row[0] for row in con.execute(f"describe {table}").fetchall() if row[0] not in EXCLUDED]
    columns = ", ".join(f'"{name}"' for name in names)
    found = con.execute(f"select count(*), coalesce(sum(hash(row({columns}))), 0) from {table}").fetchall()[0]
    return int(found[0]), int(found[1])


def by_model(short: Measured, long: Measured) -> str:
    """Each model's median seconds, those that grow most with history first."""
    of_model = {
        name: [_median(played.models[name] for played in runs) for runs in (short.nights, long.nights, long.rebuilds)]
        for name in long.nights[0].models
    }
    lines = [f"| model | on {short.days} days, s | on {long.days} days, s | rebuilt, s |", "|---|---|---|---|"]
    grown = sorted(of_model.items(), key=lambda item: item[1][0] - item[1][1])
    return "\n".join([*lines, *(f"| {name} | {a:.3f} | {b:.3f} | {c:.2f} |" for name, (a, b, c) in grown)])


def _comparisons(machines: int, short: Measured, long: Measured) -> list[Comparison]:
    def pair(
        what: Callable[[Played], Run], peer: str, theirs: list[Played], of: str, goal: float | None = None
    ) -> Comparison:
        work = f"a night of {machines:,} machines on {long.days} days, {of}"
        return Comparison(work, peer, middle([*map(what, long.nights)]), middle([*map(what, theirs)]), goal)

    whole, models = partial(pair, lambda played: played.whole), partial(pair, lambda played: played.built)
    on_short, rebuilt = f"the same on {short.days} days", "dbt run --full-refresh"
    return [
        whole(on_short, short.nights, "landing to mart", FLAT),
        models(on_short, short.nights, "its models alone"),
        models(rebuilt, long.rebuilds, "its models alone", SMALL),
        whole(rebuilt, long.rebuilds, "landing to mart"),
    ]


def _median(values: Iterable[float]) -> float:
    return statistics.median(list(values))


def _land(home: Path) -> Run:
    env = {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(home / "drops")}
    return once(Contender(python("ingestion"), env=env), home / "log")


def _dbt(home: Path, *options: str) -> Run:
    return once(Contender(dbt_command("run", home, *options), env={"NIGHTSHIFT_HOME": str(home)}), home / "log")


if __name__ == "__main__":
    sys.exit(main())
