"""A fleet that ships, from a folder of public files to a mart in a home of its own, and figures of it."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from settings import Settings, load_settings
from tests.benchmarks.dbt import DBT
from tests.benchmarks.measure import Contender, Run, once, python


def tell(fleet: Path, what: str | None, drops_help: str, judged: Callable[[Settings], Iterable[str]]) -> int:
    """Read the command line, land and build what is not there yet, and print the lines that `judged` finds."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("drops", metavar="FILES", type=Path, help=drops_help)
    parser.add_argument("--home", type=Path, help="where to land and build; what is there is not made again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home, drops = (given.home or Path(scratch)).resolve(), folder_of(given.drops.resolve(), Path(scratch) / "drops")
        os.environ |= {"NIGHTSHIFT_HOME": str(home), "NIGHTSHIFT_DROPS": str(drops), "DBT_PROJECT_DIR": str(fleet)}
        settings = load_settings()
        if not settings.paths.warehouse.exists():
            for name, run in files_to_mart(home).items():
                print(f"{name}: {run.seconds:.0f} s, at most {run.peak_bytes / 1e9:.1f} GB", flush=True)
        print(*judged(settings), sep="\n")
    return 0


def folder_of(drops: Path, scratch: Path) -> Path:
    """`drops`, or where it is a file, a folder with a copy of it alone: others beside it are not of this fleet."""
    if drops.is_dir():
        return drops
    scratch.mkdir(parents=True, exist_ok=True)
    shutil.copy(drops, scratch)
    return scratch


def files_to_mart(home: Path) -> dict[str, Run]:
    """Land and build as a person would, each as a process."""
    home.mkdir(parents=True, exist_ok=True)
    places = ["--quiet", "--target-path", str(home / "dbt"), "--log-path", str(home / "logs")]
    commands = {
        "landing": python("ingestion"),
        "dbt deps": [str(DBT), "deps", "--quiet", "--log-path", str(home / "logs")],
        "dbt run": [str(DBT), "run", *places],
    }
    return {name: once(Contender(command), home / "log") for name, command in commands.items()}
