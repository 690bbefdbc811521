"""Training: the champion in the registry, and the leaderboard that says whether it beats the naive rules."""

from datetime import datetime

from dagster import AssetExecutionContext, Config, MaterializeResult, MetadataValue, asset

from ml.steps import judge_leaderboard, train_champion
from orchestration.markdown import markdown_table
from orchestration.pools import WAREHOUSE
from orchestration.resources import Workspace


class TrainingConfig(Config):
    known_until: str | None = None
    """Train as if it were this moment (ISO 8601, UTC); by default all that has landed is known."""


@asset(key=["ml", "champion"], group_name="train", deps=["feature_mart"], kinds={"catboost", "mlflow"}, pool=WAREHOUSE)
def champion(context: AssetExecutionContext, config: TrainingConfig, workspace: Workspace) -> MaterializeResult:
    """CatBoost over every component and any failure, calibrated and thresholded, registered as champion."""
    known = datetime.fromisoformat(config.known_until) if config.known_until else None
    made = train_champion(workspace.settings, known)
    metrics = {name: MetadataValue.float(value) for name, value in made.trained.metrics.items()}
    return MaterializeResult(
        metadata={
            "model": f"{made.version.name} version {made.version.version}",
            "known_until": made.trained.model.card.known_until,
            **made.trained.facts,
            **metrics,
        }
    )


@asset(
    key=["ml", "leaderboard"],
    group_name="monitor",
    deps=[["ml", "champion"], "predictions", "failure_labels"],
    kinds={"duckdb"},
    pool=WAREHOUSE,
)
def leaderboard(workspace: Workspace) -> MaterializeResult:
    """The champion and the naive rules on the same nights after its training, mature labels only."""
    board = judge_leaderboard(workspace.settings)
    return MaterializeResult(
        metadata={"leaderboard": MetadataValue.md(markdown_table(board.round(4))), "dagster/row_count": len(board)}
    )
