"""What Dagster offers under no public name: the one place that imports `dagster._core`, each with the reason.

A new version of Dagster may move these; then only this file changes.
"""

from pathlib import Path

from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage

# A run over a range of partitions is asked for by these tags; `execute_in_process` takes one partition key only, and
# the constants are exported nowhere public.
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

# The message of a run that was marked as failed without one: Dagster's server does so when a worker was killed.
MARKED_FROM_OUTSIDE = "This run has been marked as failed from outside the execution context."

__all__ = [
    "ASSET_PARTITION_RANGE_END_TAG",
    "ASSET_PARTITION_RANGE_START_TAG",
    "MARKED_FROM_OUTSIDE",
    "PARTITION_NAME_TAG",
    "event_log_file",
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
