"""What people read in the morning: the drift report, the morning page, and the published tables."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
)

from delivery.publishing.snapshots import PUBLISHED_DATABASE
from ml.progress import CountedProgress, told
from ml.registry.registry import registry
from orchestration.assets.drift_ahead import looked_ahead
from orchestration.assets.lineage import CHAMPION_KEY, DRIFT_KEY, PAGE_KEY, PUBLISHED_KEY, assets_of, before
from orchestration.assets.mirror import mirror_assets
from orchestration.assets.publish_ahead import PUBLISHED_MEANWHILE, publish_meanwhile, published_meanwhile
from orchestration.assets.quality import quality_asset
from orchestration.partitions import ONE_RUN, nightly_partitions, nights_of
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.monitor import READS as DRIFT_READS
from steps.monitor import report_drift
from steps.pages import READS as PAGE_READS
from steps.pages import write_morning_page
from steps.publish import PUBLISHED, publish_tables

AFTER_THE_PAGES = {"dagster/priority": "-1"}  # which are written while it is made: `publish_meanwhile`
NO_MODEL_YET = "Not judged: no model scores yet, so there are no training data and no answers to compare with."
# Asset check to the flag of `ml.drift_nights` that fails it, and what it asks.
CHECKS = {
    "no_drift": (
        "drifted",
        "The last nights look like the champion's own training data: features, predictions and lost readings.",
    ),
    "quality_holds": (
        "quality_fallen",
        "On nights whose outcome is known the champion is as good as it was at the gate, within noise.",
    ),
}


def report_assets(settings: Settings) -> list[AssetsDefinition]:
    """What was odd about the night, its drift verdict and its page, a partition each; what is published."""
    nightly: dict[str, Any] = {
        "partitions_def": nightly_partitions(settings),
        "backfill_policy": ONE_RUN,
        "pool": WAREHOUSE,
    }

    @asset(
        key=DRIFT_KEY,
        group_name="monitor",
        deps=assets_of(DRIFT_READS, CHAMPION_KEY, *before(DRIFT_KEY)),
        kinds={"evidently"},
        check_specs=[AssetCheckSpec(name, asset=DRIFT_KEY, description=text) for name, (_, text) in CHECKS.items()],
        **nightly,
    )
    def drift(
        context: AssetExecutionContext, workspace: ResourceParam[Settings], progress: ResourceParam[CountedProgress]
    ) -> Iterator[Any]:
        """Do the last nights still look like the champion's training data, and are its answers as good as they were?

        Every night of a run is judged. The page, with Evidently's pictures (some 5 s), is drawn for the last night of
        the run, and of the others for those that drifted or have a page already.
        """
        champion, nights = registry(workspace).aliases.champion(), nights_of(context, workspace)
        if champion is None:
            yield MaterializeResult(metadata={"summary": NO_MODEL_YET, "nights": 0})
            for name in CHECKS:
                yield AssetCheckResult(passed=True, check_name=name, metadata={"summary": NO_MODEL_YET})
            return
        judged, path = report_drift(workspace, nights, progress, looked_ahead(context, champion))
        last = judged.iloc[-1]
        yield MaterializeResult(
            metadata={
                "report": MetadataValue.path(path),
                "summary": str(last["summary"]),
                "columns_drifted": int(last["columns_drifted"]),
                "nights": len(judged),
                "nights_drifted": int(judged["drifted"].sum()),
            }
        )
        yield from drift_checks(judged)

    @asset(
        key=PAGE_KEY,
        group_name="monitor",
        deps=assets_of([*PAGE_READS, *PUBLISHED_MEANWHILE], *before(PAGE_KEY)),  # it links to the drift report
        kinds={"html"},
        **nightly,
    )
    def morning_page(
        context: AssetExecutionContext, workspace: ResourceParam[Settings], progress: ResourceParam[CountedProgress]
    ) -> MaterializeResult:
        """The shift lead's page: machines by risk, component, action, reasons, and the sensors behind them.

        Each machine that it is about has a page of its last weeks beside it.
        """
        publish_meanwhile(context, workspace)
        nights = told(nights_of(context, workspace), "morning pages written", progress)
        paths = [write_morning_page(workspace, as_of) for as_of in nights]
        return MaterializeResult(metadata={"page": MetadataValue.path(paths[-1]), "pages": len(paths)})

    return [quality_asset(settings), drift, morning_page, published, *mirror_assets(settings)]


def drift_checks(judged: pd.DataFrame) -> Iterator[AssetCheckResult]:
    """What the last of the judged nights says: did the data drift, and did the answers get worse?"""
    last = judged.sort_values("as_of").iloc[-1]
    for name, (flag, _) in CHECKS.items():
        yield AssetCheckResult(
            passed=not bool(last[flag]), check_name=name, severity=AssetCheckSeverity.WARN,
            metadata={"night": str(last["as_of"]), "summary": str(last["summary"])},
        )  # fmt: skip


@asset(
    key=PUBLISHED_KEY,
    op_tags=AFTER_THE_PAGES,
    group_name="publish",
    deps=assets_of(PUBLISHED.values()),
    kinds={"parquet"},
    pool=WAREHOUSE,
)
def published(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
    """Parquet and a DuckDB file that hold the same tables, swapped in whole: readers never touch the warehouse."""
    names = published_meanwhile(context) or publish_tables(workspace)
    folder = workspace.paths.published
    return MaterializeResult(
        metadata={"path": MetadataValue.path(folder / PUBLISHED_DATABASE), "tables": ", ".join(names)}
    )
