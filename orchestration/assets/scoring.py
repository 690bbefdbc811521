"""Scoring: a night's rows of the mart become the night's predictions."""

from collections.abc import Iterator
from typing import Any

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

from ml.progress import CountedProgress
from ml.scoring.night_status import not_scored
from orchestration.assets.drift_ahead import look_ahead
from orchestration.assets.lineage import CHAMPION_KEY, LOG_KEY, assets_of
from orchestration.assets.markdown import markdown_table
from orchestration.partitions import ONE_RUN, nightly_partitions, nights_of
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.score import READS, score_nights

FRESH = "telemetry_is_fresh"
QUESTION = "Telemetry came for every night of the run: none was scored from the state of the day before."
ALERTS_SHOWN = ["machine_id", "as_of", "failure_probability", "recommended_action", "reasons"]


def scoring_assets(settings: Settings) -> list[AssetsDefinition]:
    """The prediction log, a partition each night."""

    @asset(
        key=LOG_KEY,
        group_name="score",
        deps=assets_of(READS, CHAMPION_KEY),
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
        kinds={"catboost", "duckdb"},
        pool=WAREHOUSE,
        check_specs=[AssetCheckSpec(FRESH, asset=LOG_KEY, description=QUESTION)],
    )
    def prediction_log(
        context: AssetExecutionContext, workspace: ResourceParam[Settings], progress: ResourceParam[CountedProgress]
    ) -> Iterator[Any]:
        """Every answer given: the champion's probability for each machine and component at each night, with reasons."""
        asked = nights_of(context, workspace)
        predictions, nights = score_nights(workspace, asked, progress)
        look_ahead(context, workspace, asked)
        alerts = predictions[predictions["alert"]]
        yield MaterializeResult(
            metadata={
                "dagster/row_count": len(predictions),
                "nights": len(nights),
                "alerts": len(alerts),
                "silent": int(nights["silent"].sum()),
                "model_version": nights["model_version"].iloc[0],
                "latest_alerts": MetadataValue.md(markdown_table(alerts[ALERTS_SHOWN].round(3).tail(20))),
            }
        )
        stale = not_scored(nights)
        for sentence in stale:
            context.log.error(sentence)
        yield AssetCheckResult(
            passed=not stale, check_name=FRESH, severity=AssetCheckSeverity.ERROR,
            metadata={"nights_not_scored": "\n".join(stale) or "none"},
        )  # fmt: skip

    return [prediction_log]
