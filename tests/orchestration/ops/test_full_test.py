"""A row that was spoilt long ago: no night looks at it, the weekly test of all rows finds it and tells."""

import json
import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance

from orchestration.definitions import build_defs
from settings import Settings, load_settings
from warehouse.connection import connect

pytestmark = pytest.mark.xdist_group("replay")


@pytest.fixture
def home(replayed: Settings, dagster_home: Path) -> Settings:
    """A copy of the played home's warehouse, and of what dbt has parsed for it."""
    settings = load_settings()
    shutil.copy(replayed.paths.warehouse, settings.paths.warehouse)
    shutil.copytree(replayed.paths.dbt_target, settings.paths.dbt_target, dirs_exist_ok=True)
    return settings


def test_a_row_spoilt_long_ago_fails_the_job_and_is_told(home: Settings) -> None:
    with connect(home.paths.warehouse) as con:
        oldest = "rowid = (select min(rowid) from failure_labels)"
        con.execute(f"update failure_labels set label_status = 'odd' where {oldest}")
    with DagsterInstance.ephemeral() as instance:
        job = build_defs(home).resolve_job_def("full_test")
        assert not job.execute_in_process(instance=instance, raise_on_error=False).success
    [told] = [json.loads(line) for line in home.paths.notification_log.read_text().splitlines()]
    assert told["title"] == "The full_test run failed at full_test_op"
    assert told["data"]["error"].count("The data test") == 1
    # One row, and two of the rules that it breaks.
    assert "of failure_labels failed: 2 rows against it" in told["data"]["error"]


def test_before_the_first_night_there_is_nothing_to_test(dagster_home: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        job = build_defs(load_settings()).resolve_job_def("full_test")
        assert job.execute_in_process(instance=instance).success
