"""The raw tables: one asset each, landed together."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, MetadataValue, ResourceParam, multi_asset

from ingestion import TABLES
from ingestion.engine import land_drops
from orchestration.assets.markdown import markdown_list
from orchestration.pools import WAREHOUSE
from settings import Settings

SPECS = [
    AssetSpec(
        ["raw", name],
        group_name="raw",
        kinds={"duckdb"},
        description=f"Rows of the landed files: {name}.",
        skippable=True,
    )
    for name in TABLES
]


@multi_asset(name="landing", specs=SPECS, pool=WAREHOUSE)
def landing(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> Iterator[MaterializeResult]:
    """Land every new file of the drops folder; good rows are kept, the others stand in raw.rejected."""
    summary = land_drops(workspace, on_progress=context.log.info)
    text = MetadataValue.md(markdown_list(summary.lines()))
    for name in TABLES:
        rows = summary.totals.get(name)
        yield MaterializeResult(
            asset_key=["raw", name],
            metadata={"summary": text, **({"dagster/row_count": rows} if rows is not None else {})},
        )
