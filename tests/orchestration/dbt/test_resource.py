"""What a dbt command costs beside dbt: nothing."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest
from dagster_dbt import DbtProject

from orchestration.dbt import at_hand, resource
from orchestration.dbt.at_hand import begin_loading, graph_folder
from orchestration.dbt.project import dbt_resource
from orchestration.dbt.resource import LeanDbt
from settings import ROOT, load_settings

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


def test_what_a_command_begins_to_load_early_serves_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []
    for module in (at_hand, resource):
        monkeypatch.setattr(module, "dbt_server", lambda *key: started.append(key))
    settings = load_settings(env={"NIGHTSHIFT_HOME": str(tmp_path)})
    begin_loading(settings)
    assert not started  # nothing has been parsed: the run itself does it
    graph = graph_folder(settings)
    graph.mkdir(parents=True)
    begin_loading(settings)
    dbt_resource(
        DbtProject(project_dir=settings.project, profiles_dir=ROOT, target_path=graph, target="duckdb")
    ).prepare()
    assert len(started) == 2
    assert len(set(started)) == 1
