"""What the orchestrator costs a night: `python -m tests.benchmarks.dagster_overhead`.

Plays one night of a small fleet by the command that `make night` runs, and by the same functions and dbt commands
called one after the other in a plain process, from the same state of the home each time; both do beside each other what
can be. What Dagster gives for the difference: each step recorded with its facts, dbt's models and tests as assets and
checks, a pool with one writer, failures told. Then what dbt, Dagster and MLflow need for themselves (`night_parts`).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from ingestion import land
from settings import ROOT, Settings, load_settings
from simulator import FleetSpec, simulate, write_drops
from steps.train import train_challenger
from tests.benchmarks import night_parts
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.measure import Contender, compared, once, python
from tests.benchmarks.night import digest
from warehouse.connection import connect

OURS, PEER = "nightshift: the nightly job", "its steps as plain functions"
START = date(2025, 1, 1)
SAME = ("ml.prediction_log", "ml.drift", "feature_mart", "failure_outcomes", "alert_episodes", "fleet_risk_today")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=20)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    found, notes = measured(given.rounds, given.machines, given.days)
    print(table(found), *notes, sep="\n\n")
    return 0


def measured(rounds: int, machines: int = 20, days: int = 120) -> tuple[list[Comparison], list[str]]:
    """The night with and without the orchestrator; no goal is set, the difference is what is asked."""
    spec = FleetSpec(machines=machines, days=days, start=START)
    night = START + timedelta(days=days - 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, saved = folder / "home", folder / "saved"
        env = {
            "NIGHTSHIFT_HOME": str(home),
            "NIGHTSHIFT_DROPS": str(home / "drops"),
            "NIGHTSHIFT_DAGSTER": str(home / "dagster"),
            "NIGHTSHIFT_COMPUTE_LOGS": str(home / "dagster/logs"),
        }
        prepare(home, spec, night, env)
        home.rename(saved)
        again = _restored(saved, home)
        contenders = {
            OURS: Contender(python("orchestration.commands.night", night), again, env),
            PEER: Contender(python("tests.benchmarks.peers.plain_night", night), again, env),
        }
        check_agreement(contenders, home, saved, folder / "log")
        runs = compared(contenders, rounds, folder / "log")
        again()
        parts = night_parts.measured(home, env, folder, nodes_of(home))
    night_by = Comparison(f"a night of {machines} machines", PEER, runs[OURS], runs[PEER])
    added, cpu = (getattr(runs[OURS], name) - getattr(runs[PEER], name) for name in ("seconds", "cpu_seconds"))
    whole = f"{cpu:.1f} CPU s of {runs[OURS].cpu_seconds:.1f}"
    return [night_by], [f"Dagster adds {added:.1f} s to the night, {whole}.", parts]


def nodes_of(home: Path) -> tuple[int, int]:
    """The models and data tests of the project that lies parsed in `home`."""
    nodes = json.loads((home / "dbt/graph_duckdb/manifest.json").read_text())["nodes"].values()
    kinds = [node["resource_type"] for node in nodes]
    return kinds.count("model"), kinds.count("test")


def prepare(home: Path, spec: FleetSpec, night: date, env: dict[str, str]) -> None:
    """A home with a champion, whose last day has been dropped and not yet landed; its graph has been loaded once."""
    settings = _quick(load_settings(env=env))
    drops = settings.paths.drops
    paths = write_drops(simulate(spec), home / "all", split="daily")
    drops.mkdir()
    for today in (False, True):
        for path in paths:
            if (str(night) in path.name) == today:
                path.rename(drops / path.name)
        if not today:
            land(drops, settings.paths.warehouse, settings.fleet)
            _run([str(Path(sys.executable).with_name("dbt")), "run"], settings, env)
            train_challenger(settings)
    _run([sys.executable, "-c", "from orchestration.definitions import build_defs; from settings import load_settings; "
                                "build_defs(load_settings())"], settings, env)  # fmt: skip


def check_agreement(contenders: dict[str, Contender], home: Path, saved: Path, log: Path) -> None:
    """Both leave the same rows behind, of the tables that a night writes."""
    found = {}
    for name, contender in contenders.items():
        once(contender, log)
        with connect(home / "warehouse.duckdb", read_only=True) as con:
            found[name] = [digest(con, written) for written in SAME]
    for written, ours, theirs in zip(SAME, *found.values(), strict=True):
        if ours != theirs:
            raise SystemExit(f"{written} differs: {ours} against {theirs}")
    with connect(saved / "warehouse.duckdb", read_only=True) as con:
        if digest(con, "feature_mart") == found[OURS][SAME.index("feature_mart")]:
            raise SystemExit("The night has added nothing to the mart.")


def _restored(saved: Path, home: Path) -> Callable[[], None]:
    def restore() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(saved, home)

    return restore


def _run(command: list[str], settings: Settings, env: dict[str, str]) -> None:
    target = {"DBT_TARGET_PATH": str(settings.paths.dbt_target), "DBT_LOG_PATH": str(settings.paths.dbt_target)}
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env, **target}, capture_output=True, text=True,
                          check=False)  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _quick(settings: Settings) -> Settings:
    """A small model: how good it is does not matter here."""
    workspace = settings.workspace
    training = workspace.training.model_copy(update={"iterations": 60, "learning_rate": 0.1, "folds": 1, "bags": 1})
    evaluation = workspace.evaluation.model_copy(update={"holdout_nights": 14, "resamples": 40})
    changed = {"training": training, "evaluation": evaluation}
    return settings.model_copy(update={"workspace": workspace.model_copy(update=changed)})


if __name__ == "__main__":
    sys.exit(main())
