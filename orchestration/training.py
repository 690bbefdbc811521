"""Training: a challenger, the gate it must pass, and the leaderboard that says how far to trust what scores."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    Config,
    MaterializeResult,
    MetadataValue,
    OpExecutionContext,
    ResourceParam,
    asset,
    job,
    op,
)

from ml.evaluate_step import judge_leaderboard
from ml.registry import ASKED_FOR, registry
from ml.train_step import TrainingOutcome, roll_back, train_challenger
from orchestration.lean_dbt import LeanDbt
from orchestration.markdown import markdown_table
from orchestration.pools import WAREHOUSE
from orchestration.scenario_marts import scenario_marts
from settings import Settings

CHAMPION_KEY = ["ml", "champion"]
BEATS_RULES, NO_LEAK = "beats_the_naive_rules", "no_column_knows_the_future"
QUESTIONS = {
    BEATS_RULES: "On the held-out nights the champion costs less than every naive rule; until then it is not trusted.",
    NO_LEAK: "No single column ranks the held-out failures so well that it must know them already.",
}
SHOWN = ["scenario", "contender", "average_precision", "failures", "failures_caught", "lead_hours_median",
         "false_alerts_per_machine_month", "cost"]  # fmt: skip


class TrainingConfig(Config):
    known_until: str | None = None
    """Train as if it were this moment (ISO 8601, UTC); by default all that has landed is known."""
    reason: str = ASKED_FOR
    """What called for this training: kept with the model and in the `promotions` table."""


@asset(
    key=CHAMPION_KEY,
    group_name="train",
    deps=["feature_mart"],
    kinds={"catboost", "mlflow"},
    pool=WAREHOUSE,
    check_specs=[AssetCheckSpec(name, asset=CHAMPION_KEY, description=text) for name, text in QUESTIONS.items()],
)
def champion(
    context: AssetExecutionContext, config: TrainingConfig, workspace: ResourceParam[Settings]
) -> Iterator[Any]:
    """CatBoost over every component and any failure, judged on held-out nights, champion if the gate lets it pass."""
    known_until = datetime.fromisoformat(config.known_until) if config.known_until else None
    outcome = train_challenger(workspace, known_until, config.reason)
    context.log.info(f"Version {outcome.version.version}: {outcome.verdict}")
    yield MaterializeResult(metadata=_metadata(outcome))
    models = registry(workspace)
    warnings, leaks = models.warnings(), models.leaks(outcome.version)
    yield AssetCheckResult(
        passed=not warnings, check_name=BEATS_RULES, severity=AssetCheckSeverity.WARN,
        metadata={"warnings": "\n".join(warnings) or "none"},
    )  # fmt: skip
    yield AssetCheckResult(passed=not leaks, check_name=NO_LEAK, metadata={"average_precision_alone": leaks})


def because(reason: str) -> dict[str, Any]:
    """The run config of a `train` job that says what called for it."""
    return {"ops": {"__".join(CHAMPION_KEY): {"config": {"reason": reason}}}}


def _metadata(outcome: TrainingOutcome) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "trained": f"version {outcome.version.version}",
        "verdict": outcome.verdict,
        "champion": f"{outcome.champion.name} version {outcome.champion.version}",
    }
    if outcome.trained is None:
        return metadata
    from ml.plots import precision_recall_markdown  # noqa: PLC0415 - matplotlib, which no night needs

    made, card = outcome.trained, outcome.trained.model.card
    picture = MetadataValue.md(precision_recall_markdown(made.tuning, card.threshold))
    facts = {"trained_from": card.trained_from, "trained_until": card.trained_until, "held_out_after": card.cutoff,
             "threshold": card.threshold, "fingerprint": card.fingerprint}  # fmt: skip
    return {**metadata, **facts, **made.facts, **made.metrics, **made.costs, "curve": picture}


@asset(
    key=["ml", "leaderboard"],
    group_name="train",
    deps=[CHAMPION_KEY, "feature_mart"],
    kinds={"duckdb", "html"},
    pool=WAREHOUSE,
)
def leaderboard(workspace: ResourceParam[Settings], dbt: LeanDbt) -> MaterializeResult:
    """Every contender in every scenario on nights that none has learnt from, and the evaluation report."""
    with scenario_marts(workspace, dbt) as others:
        board, page = judge_leaderboard(workspace, others)
    return MaterializeResult(
        metadata={
            "leaderboard": MetadataValue.md(markdown_table(board[SHOWN].round(4))),
            "report": MetadataValue.path(page),
            "dagster/row_count": len(board),
        }
    )


@op(pool=WAREHOUSE)
def restore_earlier_champion(context: OpExecutionContext, workspace: ResourceParam[Settings]) -> None:
    restored, removed = roll_back(workspace)
    context.log.info(f"Version {restored.version} is champion again; version {removed.version} is not.")


@job
def rollback() -> None:
    """Give the alias back to the model that the champion replaced."""
    restore_earlier_champion()
