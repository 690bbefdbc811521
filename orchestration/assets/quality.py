"""What is odd about the data: kept for each night, and asked as a check of the assets that it is about."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
    multi_asset_check,
)

from delivery.findings import ERROR, NOW, QualityFinding
from ingestion.feeds import FEEDS
from orchestration.assets.lineage import QUALITY_KEY, assets_of, before
from orchestration.assets.markdown import markdown_list
from orchestration.partitions import ONE_RUN, nightly_partitions, nights_of
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.quality import READS, findings_now, keep_findings

NOTHING_ODD = "nothing_odd"
# What is asked of an asset, by the feed of the findings that answer it.
ASKED = {feed: (["raw", feed], f"What landed of {feed} can be used, and fits the other feeds.") for feed in FEEDS}
ASKED["features"] = (["feature_mart"], "No group of features was NULL at every snapshot of the last days.")


def quality_asset(settings: Settings) -> AssetsDefinition:
    """`ml/data_quality`, a partition each night."""

    @asset(
        key=QUALITY_KEY,
        group_name="monitor",
        deps=assets_of(READS, *before(QUALITY_KEY)),
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
        pool=WAREHOUSE,
    )
    def kept_findings(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
        """What the night knew to be odd about its data, with the cure; of a night long past nothing is added."""
        found = keep_findings(workspace, nights_of(context, workspace))
        return MaterializeResult(metadata={"findings": len(found), "list": _told(found)})

    return kept_findings


@multi_asset_check(
    name="data_quality_checks",
    specs=[
        AssetCheckSpec(NOTHING_ODD, asset=key, description=question, additional_deps=[NOW])
        for key, question in ASKED.values()
    ],
    pool=WAREHOUSE,
)
def quality_checks(
    context: AssetCheckExecutionContext, workspace: ResourceParam[Settings]
) -> Iterator[AssetCheckResult]:
    """Errors and warnings fail the check of the asset that they are about, and stop nothing; notes are shown."""
    yield from checks_of(findings_now(workspace))


def checks_of(found: list[QualityFinding]) -> Iterator[AssetCheckResult]:
    """The result of every check, from the rows of `data_quality`."""
    for feed, (key, _) in ASKED.items():
        own = [one for one in found if one.feed == feed]
        severe = any(one.severity == ERROR for one in own)
        yield AssetCheckResult(
            asset_key=key,
            check_name=NOTHING_ODD,
            passed=not any(one.matters for one in own),
            severity=AssetCheckSeverity.ERROR if severe else AssetCheckSeverity.WARN,
            metadata={"findings": len(own), "list": _told(own)},
        )


def _told(found: list[QualityFinding]) -> Any:  # noqa: ANN401 - as Dagster types its metadata
    return MetadataValue.md(markdown_list(one.line for one in found) or "nothing")
