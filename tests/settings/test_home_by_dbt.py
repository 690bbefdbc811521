"""dbt itself, asked by its own code, opens the home that Python opens: for each way to choose a fleet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from settings.reading import load_settings

FLEET = ROOT / "fleets" / "presses"
# What every command of dbt does before it connects; a connection would make the file.
OPENS = """
import os
from dbt.cli.flags import Flags
from dbt.cli.types import Command
from dbt.config.runtime import load_profile
from dbt.flags import set_flags
from dbt_common.context import set_invocation_context

set_invocation_context(os.environ)
flags = Flags.from_dict(Command.PARSE, {})
set_flags(flags)
print(load_profile(flags.PROJECT_DIR, {}).credentials.path)
"""


def opened_by_dbt(folder: Path, **env: str) -> Path:
    chosen = ("NIGHTSHIFT_", "DBT_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(chosen)}
    run = [sys.executable, "-c", OPENS]
    done = subprocess.run(run, check=False, cwd=folder, env=clean | env, capture_output=True, text=True, timeout=99)
    assert done.returncode == 0, done.stderr[-1000:]
    return Path(done.stdout.strip())


@pytest.mark.parametrize(
    ("folder", "env", "home"),
    [
        (ROOT, {}, ROOT / "data"),
        (ROOT, {"DBT_PROJECT_DIR": "fleets/presses"}, FLEET / "data"),
        (ROOT, {"DBT_PROJECT_DIR": str(FLEET)}, FLEET / "data"),
        (FLEET, {}, FLEET / "data"),
        (FLEET, {"NIGHTSHIFT_HOME": "/srv/night"}, Path("/srv/night")),
    ],
    ids=["the root", "a fleet from the root", "a fleet by its whole path", "inside a fleet", "a home of its own"],
)
def test_dbt_and_python_open_the_same_home(folder: Path, env: dict[str, str], home: Path) -> None:
    assert opened_by_dbt(folder, **env).resolve() == home / "warehouse.duckdb"
    if folder == ROOT:
        assert load_settings(env=env).paths.warehouse == home / "warehouse.duckdb"


def test_dagster_keeps_its_records_in_the_home_that_dbt_opens() -> None:
    home = load_settings(ROOT, {}).paths.home.relative_to(ROOT)
    assert f"${{NIGHTSHIFT_HOME:-{home}}}/dagster" in (ROOT / ".env").read_text()
