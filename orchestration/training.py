"""Training: the champion in the registry, and the leaderboard that says whether it beats the naive rules."""

from datetime import datetime
from typing import Any

from dagster import AssetExecutionContext, Config, MaterializeResult, MetadataValue, ResourceParam, asset

from ml.plots import precision_recall_markdown
from ml.steps import judge_leaderboard, train_champion
from orchestration.markdown import markdown_table
from orchestration.pools import WAREHOUSE
from settings import Settings


class TrainingConfig(Config):
    known_until: str | None = None
    """Train as if it were this moment (ISO 8601, UTC); by default all that has landed is known."""


@asset(key=["ml", "champion"], group_name="train", deps=["feature_mart"], kinds={"catboost", "mlflow"}, pool=WAREHOUSE)
def champion(
    context: AssetExecutionContext, config: TrainingConfig, workspace: ResourceParam[Settings]
) -> MaterializeResult:
    """CatBoost over every component and any failure, calibrated and thresholded, registered as champion."""
    known = datetime.fromisoformat(config.known_until) if config.known_until else None
    made = train_champion(workspace, known)
    card = made.model.card
    metadata: dict[str, Any] = {
        "model": f"{made.version.name} version {made.version.version}",
        "known_until": card.known_until,
        "trained_from": card.trained_from,
        "trained_until": card.trained_until,
        "threshold": card.threshold,
        "fingerprint": card.fingerprint,
    }
    if made.trained is None:
        context.log.info("The champion was trained on these very rows and settings: nothing to do.")
        return MaterializeResult(metadata=metadata)
    picture = MetadataValue.md(precision_recall_markdown(made.trained.validation, card.threshold))
    return MaterializeResult(metadata={**metadata, **made.trained.facts, **made.trained.metrics, "curve": picture})


@asset(
    key=["ml", "leaderboard"],
    group_name="monitor",
    deps=[["ml", "champion"], "predictions", "failure_labels"],
    kinds={"duckdb"},
    pool=WAREHOUSE,
)
def leaderboard(workspace: ResourceParam[Settings]) -> MaterializeResult:
    """The champion and the naive rules on the same nights after its training, mature labels only."""
    board = judge_leaderboard(workspace)
    return MaterializeResult(
        metadata={"leaderboard": MetadataValue.md(markdown_table(board.round(4))), "dagster/row_count": len(board)}
    )
