"""Telling of new alerts and promotions: the last assets of the nightly and the training job.

What is worth telling is read in the warehouse's pool and entered into the log; it is posted by an asset of its own that
is in no pool, so that no receiver, however slow, keeps a writer waiting.
"""

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    MaterializeResult,
    ResourceParam,
    asset,
)

from delivery.notifications.outbox import deliver
from orchestration.assets.lineage import NOTICES_KEY, SENT_KEY, assets_of, before
from orchestration.partitions import ONE_RUN, nightly_partitions, nights_of
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.clock import utc_now
from steps.notify import PROMOTION_READS, READS, enter_nights, enter_promotions


def notice_assets(settings: Settings) -> list[AssetsDefinition]:
    """`ml/notices` and `ml/notices_sent` end the night, `ml/promotion_notices` and `..._sent` a training."""

    @asset(
        key=NOTICES_KEY,
        group_name="publish",
        deps=assets_of(READS, ["published"], *before(NOTICES_KEY)),  # told when there is something to open
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
        pool=WAREHOUSE,
    )
    def notices(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
        """Enter the newest night's new alerts, a night that was not scored, and promotions: each once."""
        return MaterializeResult(metadata={"new": enter_nights(workspace, nights_of(context, workspace))})

    @asset(
        key=SENT_KEY,
        group_name="publish",
        deps=assets_of((), *before(SENT_KEY)),
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
    )
    def notices_sent(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
        """Post what is due, where a webhook is set."""
        return _sent(context, workspace)

    return [notices, notices_sent, promotion_notices, promotion_notices_sent]


@asset(key=["ml", "promotion_notices"], group_name="train", deps=assets_of(PROMOTION_READS), pool=WAREHOUSE)
def promotion_notices(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
    """Enter what the gate decided, or that a model was rolled back: once."""
    return MaterializeResult(metadata={"new": enter_promotions(workspace)})


@asset(key=["ml", "promotion_notices_sent"], group_name="train", deps=[["ml", "promotion_notices"]])
def promotion_notices_sent(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
    """Post what is due, where a webhook is set."""
    return _sent(context, workspace)


def _sent(context: AssetExecutionContext, workspace: Settings) -> MaterializeResult:
    delivery = deliver(workspace, utc_now())
    if delivery.problem:
        context.log.warning(f"{delivery.waiting} notices wait for the next run: {delivery.problem}")
    return MaterializeResult(metadata={"sent": delivery.sent, "waiting": delivery.waiting, "problem": delivery.problem})
