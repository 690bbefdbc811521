"""What a dbt command costs beside dbt: nothing."""

import os
from importlib.metadata import version
from pathlib import Path

from orchestration.dbt.resource import LeanDbt
from settings import ROOT

RECORDER = """#!/bin/sh
echo "$@" >> "{calls}"
"""


def test_a_command_starts_dbt_once_and_prepares_nothing_in_this_process(tmp_path: Path) -> None:
    calls, executable = tmp_path / "calls", tmp_path / "dbt"
    executable.write_text(RECORDER.format(calls=calls))
    executable.chmod(0o755)
    dbt = LeanDbt(project_dir=os.fspath(ROOT), dbt_executable=str(executable))
    done = dbt.cli(["parse", "--quiet"], target_path=tmp_path / "target").wait()
    assert calls.read_text().splitlines() == ["parse --quiet"]  # no `--version`, which asks PyPI
    assert done.adapter is None
    assert str(done.cli_version) == version("dbt-core")
