"""What tests need of Dagster that it offers under no public name: how a backfill is planned, that a daemon lives."""

from dagster._core.asset_graph_view.asset_graph_view import AssetGraphView
from dagster._core.definitions.assets.graph.remote_asset_graph import RemoteWorkspaceAssetGraph
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.partitions.subset.all import AllPartitionsSubset
from dagster._core.definitions.temporal_context import TemporalContext
from dagster._core.events import StepMaterializationData
from dagster._core.execution.asset_backfill import AssetBackfillData, execute_asset_backfill_iteration_inner
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.tags import BACKFILL_ID_TAG
from dagster._core.test_utils import in_process_test_workspace
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.types import DaemonHeartbeat

__all__ = [
    "BACKFILL_ID_TAG",
    "AllPartitionsSubset",
    "AssetBackfillData",
    "AssetGraphView",
    "DaemonHeartbeat",
    "LoadableTargetOrigin",
    "RemoteWorkspaceAssetGraph",
    "SqliteEventLogStorage",
    "StepMaterializationData",
    "TemporalContext",
    "execute_asset_backfill_iteration_inner",
    "in_process_test_workspace",
    "partition_loading_context",
]
