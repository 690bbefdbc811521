"""What is done to Dagster by its private names: its records are the same, and its files opened once."""

from pathlib import Path

import pytest
from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun

from orchestration.dagster_private import kept_open
from orchestration.runs.instance import plain_instance


@pytest.fixture
def history(dagster_home: Path) -> Path:
    return dagster_home / "history"


def report(instance: DagsterInstance, run_id: str) -> None:
    instance.report_dagster_event(DagsterEvent(DagsterEventType.RUN_START.value, "nightly"), run_id)


def test_files_stay_open_as_long_as_the_block(history: Path) -> None:
    with plain_instance() as instance:
        instance.add_run(DagsterRun("nightly", "one"))
        report(instance, "one")
        assert not list(history.rglob("*-wal"))  # whoever closes a file last writes it out
        with kept_open(instance):
            report(instance, "one")
            assert instance.get_run_by_id("one") is not None
            assert {path.name for path in history.rglob("*-wal")} == {"index.db-wal", "one.db-wal", "runs.db-wal"}
            with plain_instance() as other:
                assert len(other.all_logs("one")) == 2
        assert not list(history.rglob("*-wal"))
        report(instance, "one")
        assert len(instance.all_logs("one")) == 3
