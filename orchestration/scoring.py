"""Scoring: a night's rows of the mart become the night's predictions."""

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult, MetadataValue, ResourceParam, asset

from ml.steps import score_nights
from orchestration.markdown import markdown_table
from orchestration.partitions import ONE_RUN, nightly_partitions, nights_of
from orchestration.pools import WAREHOUSE
from settings import Settings

SHOWN = ["machine_id", "as_of", "failure_probability", "predicted_component", "recommended_action", "reasons"]


def scoring_assets(settings: Settings) -> list[AssetsDefinition]:
    @asset(
        key=["ml", "prediction_log"],
        group_name="score",
        deps=["feature_mart", ["ml", "champion"]],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
        kinds={"catboost", "duckdb"},
        pool=WAREHOUSE,
    )
    def prediction_log(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
        """Every answer given: the champion's probability for each machine and component at each night, with reasons."""
        predictions = score_nights(workspace, nights_of(context, workspace))
        alerts = predictions[predictions["alert"]]
        return MaterializeResult(
            metadata={
                "dagster/row_count": len(predictions),
                "nights": predictions["as_of"].nunique(),
                "alerts": len(alerts),
                "model_version": str(predictions["model_version"].iloc[0]),
                "latest_alerts": MetadataValue.md(markdown_table(alerts[SHOWN].tail(20))),
            }
        )

    return [prediction_log]
