"""What is done to Dagster by its private names: its records are the same, and its files opened once."""

from pathlib import Path

import pytest
from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun, DailyPartitionsDefinition

from orchestration.dagster_private import kept_open
from orchestration.runs.instance import plain_instance
from tests.orchestration.dagster_kit import AllPartitionsSubset, SqliteEventLogStorage, partition_loading_context


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


def test_tables_are_looked_for_until_they_are_there_and_nights_listed_once(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    nights = DailyPartitionsDefinition("2025-01-01", end_offset=1)
    own, listed = SqliteEventLogStorage.has_table, DailyPartitionsDefinition.get_partition_keys

    def has_table(storage: SqliteEventLogStorage, name: str) -> bool:
        asked.append(name)
        return own(storage, name)

    def keys(definition: DailyPartitionsDefinition) -> object:
        asked.append(definition)
        return listed(definition)

    monkeypatch.setattr(SqliteEventLogStorage, "has_table", has_table)
    monkeypatch.setattr(DailyPartitionsDefinition, "get_partition_keys", keys)
    with plain_instance() as instance, partition_loading_context(dynamic_partitions_store=instance) as loading:
        subset, storage = AllPartitionsSubset(nights, loading), instance.event_log_storage
        assert isinstance(storage, SqliteEventLogStorage)
        with kept_open(instance):
            asked.clear()
            found = [[storage.has_table("event_logs"), storage.has_table("nobody's")] for _ in range(2)]
            assert found == [[True, False], [True, False]]
            assert subset.get_partition_keys() == subset.get_partition_keys() == listed(nights)
            assert asked == ["event_logs", "nobody's", "nobody's", nights]
        storage.has_table("event_logs")
        subset.get_partition_keys()
        assert asked[4:] == ["event_logs", nights]
