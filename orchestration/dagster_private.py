"""What Dagster offers under no public name: the one place that imports `dagster._core`, each with the reason.

A new version of Dagster may move these; then only this file changes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

from dagster import DagsterInstance, PartitionsDefinition
from dagster._core.definitions.partitions.subset.all import AllPartitionsSubset
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

# A run over a range of partitions is asked for by these tags; `execute_in_process` takes one partition key only, and
# the constants are exported nowhere public.
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from sqlalchemy import Connection, Engine, create_engine, event

# The message of a run that was marked as failed without one: Dagster's server does so when a worker was killed.
MARKED_FROM_OUTSIDE = "This run has been marked as failed from outside the execution context."

STATEMENT_MILLISECONDS = 60_000  # that one of Dagster's statements may take in a team's database

__all__ = [
    "ASSET_PARTITION_RANGE_END_TAG",
    "ASSET_PARTITION_RANGE_START_TAG",
    "MARKED_FROM_OUTSIDE",
    "PARTITION_NAME_TAG",
    "event_log_file",
    "kept_open",
    "open_instance",
]


def open_instance(base: Path, config: Path) -> DagsterInstance:
    """The instance that `config`/dagster.yaml describes; what that leaves open is put under `base`.

    `DagsterInstance.get` wants both in one folder, DAGSTER_HOME: then plain `dagster dev` would write into the root.
    """
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(base), config_dir=str(config)))


def event_log_file(instance: DagsterInstance, run_id: str) -> Path | None:
    """The file of a run's event log, which `delete_run` empties and leaves; None for a storage without such files."""
    storage = instance.event_log_storage
    return Path(storage.path_for_shard(run_id)) if isinstance(storage, SqliteEventLogStorage) else None


@contextmanager
def kept_open(instance: DagsterInstance) -> Iterator[None]:
    """Keep the SQLite files open that the instance comes to use in the block, or the connections to a team's server.

    A night has 5,000 accesses to them, and for each Dagster makes an engine, opens the file and closes it again: who
    closes it last has SQLite write its log into it, and wait for the disk. A commit does not wait for it either: a
    power cut may cost the record its last events, and never the file. Nor does it ask anew, for a third of all events,
    whether a table is there, or list all nights.
    """
    events, runs = instance.event_log_storage, instance.run_storage
    with ExitStack() as opened:

        @cache
        def engine(url: str) -> Engine:
            made = create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
            event.listen(made, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
            opened.callback(made.dispose)
            return made

        for storage in (events, runs):
            if not isinstance(storage, SqliteEventLogStorage | SqliteRunStorage):
                storage.optimize_for_webserver(STATEMENT_MILLISECONDS, pool_recycle=3600, max_overflow=10)
        if isinstance(events, SqliteEventLogStorage):
            events._connect = _shards(events, engine)  # type: ignore[method-assign, assignment]
            opened.callback(delattr, events, "_connect")
            events.has_table = _tables_that_stay(events.has_table)  # type: ignore[method-assign, assignment]
            opened.callback(delattr, events, "has_table")
        if isinstance(runs, SqliteRunStorage):
            url = runs._conn_string
            runs.connect = lambda: engine(url).begin()  # type: ignore[method-assign]
            opened.callback(delattr, runs, "connect")
        opened.enter_context(_nights_listed_once())
        yield


def _tables_that_stay(has_table: Callable[[str], bool]) -> Callable[[str], bool]:
    there: set[str] = set()

    def is_there(table_name: str) -> bool:
        if table_name not in there and has_table(table_name):
            there.add(table_name)
        return table_name in there

    return is_there


@contextmanager
def _nights_listed_once() -> Iterator[None]:
    """For each step behind one with partitions Dagster lists them all to count them: 13,000 nights, seven times."""
    listed = AllPartitionsSubset.get_partition_keys
    known: dict[PartitionsDefinition, Sequence[str]] = {}

    def keys(subset: AllPartitionsSubset, current_time: datetime | None = None) -> Sequence[str]:
        if subset.partitions_def not in known:
            known[subset.partitions_def] = listed(subset, current_time)
        return known[subset.partitions_def]

    AllPartitionsSubset.get_partition_keys = keys  # type: ignore[method-assign]
    try:
        yield
    finally:
        AllPartitionsSubset.get_partition_keys = listed  # type: ignore[method-assign]


def _shards(
    events: SqliteEventLogStorage, engine: Callable[[str], Engine]
) -> Callable[[str], AbstractContextManager[Connection]]:
    """What stands for `SqliteEventLogStorage._connect`: a file has its tables made at the first use, here as there."""

    @contextmanager
    def connect(shard: str) -> Iterator[Connection]:
        with events._db_lock:
            found = engine(events.conn_string_for_shard(shard))
            if shard not in events._initialized_dbs:
                events._initdb(found)
                events._initialized_dbs.add(shard)
            with found.begin() as connection:
                yield connection

    return connect
