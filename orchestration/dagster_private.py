"""What Dagster offers under no public name: the one place that imports `dagster._core`, each with the reason.

A new version of Dagster may move these; then only this file changes.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

from dagster import DagsterInstance
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
    power cut may cost the record its last events, and never the file.
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
        if isinstance(runs, SqliteRunStorage):
            url = runs._conn_string
            runs.connect = lambda: engine(url).begin()  # type: ignore[method-assign]
            opened.callback(delattr, runs, "connect")
        yield


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
