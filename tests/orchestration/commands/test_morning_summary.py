"""The command that `make run` prints runs as printed, wherever the home is."""

import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.commands.morning_summary import query_command
from settings import ROOT

COLUMNS = "machine_id, failure_probability, predicted_component, recommended_action, reasons, risk_rank"


@pytest.mark.parametrize("name", ["plain", "it's", 'a "b"', "$HOME `id`", "50% #1", "wow!", "ü [b]"])
def test_it_runs_in_a_shell(tmp_path: Path, name: str) -> None:
    database = tmp_path / name / "nightshift.duckdb"
    database.parent.mkdir()
    with duckdb.connect(str(database)) as con:
        con.execute(
            f"create table fleet_risk_today as select * from (values ('m1', 0.5, 'c', 'a', 'r', 1)) t({COLUMNS})"
        )
    command = query_command(str(database)).replace(".venv/bin/python", shlex.quote(sys.executable), 1)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "m1" in done.stdout


def test_it_is_what_the_readme_says() -> None:
    assert query_command("data/published/nightshift.duckdb") in (ROOT / "README.md").read_text()
