"""The first page of the reports."""

from dagster import MaterializeResult, MetadataValue, ResourceParam, asset

from delivery.pages.index import READS, write_index
from orchestration.assets.lineage import DRIFT_KEY, PAGE_KEY, assets_of
from orchestration.pools import WAREHOUSE
from settings import Settings


@asset(
    key=["reports", "index"],
    group_name="monitor",
    deps=assets_of(READS, DRIFT_KEY, PAGE_KEY),
    kinds={"html"},
    pool=WAREHOUSE,
)
def report_index(workspace: ResourceParam[Settings]) -> MaterializeResult:
    """Every night with links to its pages and the verdict on its data, newest first; pages of old nights go."""
    return MaterializeResult(metadata={"page": MetadataValue.path(write_index(workspace))})
