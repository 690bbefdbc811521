"""Training: a challenger, the gate it must pass, and the leaderboard that says how far to trust what scores."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    Config,
    MaterializeResult,
    MetadataValue,
    ResourceParam,
    asset,
)

from ml.progress import CountedProgress
from ml.registry.registry import registry
from ml.registry.run_log import ASKED_FOR
from ml.training.shortage import NotEnoughHistory
from orchestration.assets.lineage import CHAMPION_KEY, LEADERBOARD_KEY, assets_of
from orchestration.assets.markdown import markdown_table
from orchestration.dbt.resource import LeanDbt
from orchestration.dbt.scenario_marts import scenario_marts
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.reads import READ_BY_EVALUATION, READ_BY_TRAINING

if TYPE_CHECKING:
    from steps.train import TrainingOutcome

NO_MODEL = "none"
BEATS_RULES, NO_LEAK = "beats_the_naive_rules", "no_column_knows_the_future"
QUESTIONS = {
    BEATS_RULES: "On the held-out nights the champion costs less than every naive rule; until then it is not trusted.",
    NO_LEAK: "No single column ranks the held-out failures so well that it must know them already.",
}
LEADERBOARD_SHOWN = ["scenario", "contender", "average_precision", "failures", "failures_caught",
         "failures_not_looked_at", "lead_hours_median",
         "false_alerts_per_machine_month", "cost"]  # fmt: skip


class TrainingConfig(Config):
    """What a run of the job `train` may be told."""

    known_until: str | None = None
    """Train as if it were this moment (ISO 8601, UTC); by default all that has landed is known."""
    reason: str = ASKED_FOR
    """What called for this training: kept with the model and in the `promotions` table."""


@asset(
    key=CHAMPION_KEY,
    group_name="train",
    deps=assets_of(READ_BY_TRAINING),
    kinds={"catboost", "mlflow"},
    pool=WAREHOUSE,
    check_specs=[AssetCheckSpec(name, asset=CHAMPION_KEY, description=text) for name, text in QUESTIONS.items()],
)
def champion(
    context: AssetExecutionContext,
    config: TrainingConfig,
    workspace: ResourceParam[Settings],
    progress: ResourceParam[CountedProgress],
) -> Iterator[Any]:
    """CatBoost over every component and any failure, judged on held-out nights, champion if the gate lets it pass."""
    # What trains and judges takes a second to load, and every night's process has this asset in its graph.
    from steps.evaluate import write_unjudged  # noqa: PLC0415
    from steps.train import train_challenger  # noqa: PLC0415

    known_until = datetime.fromisoformat(config.known_until) if config.known_until else None
    try:
        outcome = train_challenger(workspace, known_until, config.reason, progress)
    except NotEnoughHistory as lacking:
        # Without a model nights are told by distance from normal; a champion that cannot be followed is another matter.
        if registry(workspace).aliases.champion():
            raise
        context.log.warning(str(lacking))
        write_unjudged(workspace, str(lacking))
        yield from _no_model(str(lacking))
        return
    context.log.info(f"Version {outcome.version.version}: {outcome.verdict}")
    yield MaterializeResult(metadata=_metadata(outcome))
    models = registry(workspace)
    warnings, leaks = models.warnings(), models.decisions.leaks(outcome.version)
    yield AssetCheckResult(
        passed=not warnings, check_name=BEATS_RULES, severity=AssetCheckSeverity.WARN,
        metadata={"warnings": "\n".join(warnings) or "none"},
    )  # fmt: skip
    yield AssetCheckResult(passed=not leaks, check_name=NO_LEAK, metadata={"average_precision_alone": leaks})


def _no_model(why: str) -> Iterator[Any]:
    yield MaterializeResult(metadata={"trained": NO_MODEL, "verdict": why, "champion": NO_MODEL})
    yield AssetCheckResult(
        passed=False, check_name=BEATS_RULES, severity=AssetCheckSeverity.WARN, metadata={"warnings": why}
    )
    yield AssetCheckResult(passed=True, check_name=NO_LEAK, metadata={"average_precision_alone": {}})


def because(reason: str) -> dict[str, Any]:
    """The run config of a `train` job that says what called for it."""
    return {"ops": {"__".join(CHAMPION_KEY): {"config": {"reason": reason}}}}


def _metadata(outcome: "TrainingOutcome") -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "trained": f"version {outcome.version.version}",
        "verdict": outcome.verdict,
        "champion": f"{outcome.champion.name} version {outcome.champion.version}",
    }
    if outcome.trained is None or outcome.costs is None:
        return metadata
    from delivery.pages.pr_curve import precision_recall_markdown  # noqa: PLC0415 - matplotlib, which no night needs

    made, card = outcome.trained, outcome.trained.model.card
    picture = MetadataValue.md(precision_recall_markdown(made.tuning, card.threshold))
    facts = {"trained_from": card.trained_from, "trained_until": card.trained_until, "held_out_after": card.cutoff,
             "threshold": card.threshold, "fingerprint": card.fingerprint}  # fmt: skip
    return {**metadata, **facts, **made.facts, **made.metrics, **asdict(outcome.costs), "curve": picture}


@asset(
    key=LEADERBOARD_KEY,
    group_name="train",
    deps=assets_of(READ_BY_EVALUATION, CHAMPION_KEY),
    kinds={"duckdb", "html"},
    pool=WAREHOUSE,
)
def leaderboard(
    workspace: ResourceParam[Settings], dbt: LeanDbt, progress: ResourceParam[CountedProgress]
) -> MaterializeResult:
    """Every contender in every scenario on nights that none has learnt from, and the evaluation report.

    Where failures are lacking for a first model, the report says so, and there is no board.
    """
    from steps.evaluate import judge_leaderboard, require_judgeable, unjudged_page  # noqa: PLC0415

    if registry(workspace).aliases.champion() is None and (unjudged := unjudged_page(workspace)):
        return MaterializeResult(metadata={"report": MetadataValue.path(unjudged), "dagster/row_count": 0})
    require_judgeable(workspace)
    with scenario_marts(workspace, dbt, progress) as others:
        board, page = judge_leaderboard(workspace, others, progress)
    return MaterializeResult(
        metadata={
            "leaderboard": MetadataValue.md(markdown_table(board[LEADERBOARD_SHOWN].round(4))),
            "report": MetadataValue.path(page),
            "dagster/row_count": len(board),
        }
    )


training_assets = (champion, leaderboard)
