"""What dbt, Dagster and MLflow need of a night for themselves, whatever its tables: CPU seconds, each in its process.

Not a part of the comparison but what it is made of: a night can be no faster than its libraries load and turn over.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from settings import ROOT

# Each prints the CPU seconds of what stands between `began` and its last line.
CLOCK = "import gc, os, sys; from time import process_time; gc.disable(); began = process_time()\n"
TOLD = "print(process_time() - began); sys.stdout.flush(); os._exit(0)"
PARSED = """
from warehouse.dbt_server.server import Request, parse, run
project, home, *models = sys.argv[1:]
os.environ.update(DBT_PROJECT_DIR=project, DBT_PROFILES_DIR=project if models else os.getcwd(),
                  DBT_SEND_ANONYMOUS_USAGE_STATS="false", DBT_LOG_FORMAT="json", DBT_TARGET_PATH=home)
options = ["--target", "duckdb", "--log-level-file", "none", "--no-write-json"]
parsed = parse(Request(["parse", "--quiet", "--target-path", home, *options], dict(os.environ), os.getcwd()))
"""
BUILT = """
began = process_time()
out, sys.stdout = sys.stdout, open(os.devnull, "w")
assert run(Request(["build", *options], dict(os.environ), os.getcwd()), parsed) == 0
sys.stdout = out
"""
DAGSTER = "import dagster\nfrom dagster_dbt import dbt_assets\n"
DBT_IN_DAGSTER = "from dbt.adapters.base.impl import BaseAdapter\nfrom dbt.contracts.results import NodeStatus\n"
MLFLOW = """
from settings import load_settings
from ml.registry.registry import registry
"""
CHAMPION = "began = process_time()\nassert registry(load_settings()).find_champion() is not None\n"
TIMES = 3


def measured(home: Path, env: Mapping[str, str], folder: Path, nodes: tuple[int, int]) -> str:
    """A Markdown table; `home` has a champion and a parsed project, `nodes` are the models and tests of a night."""
    empty = _empty_project(folder / "nothing", *nodes)
    parts = {
        "dbt: loading, and a project parsed before": _cpu(PARSED, env, str(ROOT), str(home / "dbt/graph_duckdb")),
        f"dbt: building {nodes[0]} models and {nodes[1]} tests that ask nothing": _cpu(
            PARSED + BUILT, env, str(empty), str(empty / "target"), "nothing"
        ),
        "Dagster: importing it": _cpu(DAGSTER, env) - _cpu(DBT_IN_DAGSTER, env),
        "Dagster: importing what it wants of dbt": _cpu(DBT_IN_DAGSTER, env),
        "MLflow: importing it, with the libraries of the model": _cpu(MLFLOW, env),
        "MLflow: finding the champion and loading its model": _cpu(MLFLOW + CHAMPION, env),
    }
    lines = [f"| {what} | {seconds:.2f} |" for what, seconds in parts.items()]
    return "\n".join(["| what the libraries need of a night | CPU s |", "|---|---|", *lines])


def _cpu(script: str, env: Mapping[str, str], *arguments: str) -> float:
    """The median of TIMES; the first, which may compile what Python keeps, does not count."""
    command = [sys.executable, "-c", CLOCK + script + TOLD, *arguments]
    found = []
    for _ in range(TIMES + 1):
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{script}\nfailed:\n{done.stderr[-2000:]}")
        found.append(float(done.stdout.split()[-1]))
    return statistics.median(found[1:])


def _empty_project(folder: Path, models: int, tests: int) -> Path:
    """A dbt project in which every model is a row and every test asks one of them for none."""
    for name in ("models", "tests"):
        (folder / name).mkdir(parents=True)
    for number in range(models):
        (folder / f"models/m{number}.sql").write_text("select 1 as x")
    for number in range(tests):
        (folder / f"tests/t{number}.sql").write_text(f"select x from {{{{ ref('m{number % models}') }}}} where x = 2")
    project = "name: nothing\nprofile: nothing\nmodels: {nothing: {+materialized: table}}\n"
    (folder / "dbt_project.yml").write_text(project)
    target = f"{{type: duckdb, path: {folder / 'nothing.duckdb'}, threads: 4}}"
    (folder / "profiles.yml").write_text(f"nothing: {{target: duckdb, outputs: {{duckdb: {target}}}}}\n")
    return folder
