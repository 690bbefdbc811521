"""Telling of new alerts and promotions: the last assets of the nightly and the training job."""

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    MaterializeResult,
    ResourceParam,
    asset,
)

from delivery.notifications.outbox import Delivery
from orchestration.assets.lineage import assets_of
from orchestration.partitions import ONE_RUN, nightly_partitions, nights_of
from orchestration.pools import WAREHOUSE
from settings import Settings
from steps.notify import PROMOTION_READS, READS, tell_of_nights, tell_of_promotions


def notice_assets(settings: Settings) -> list[AssetsDefinition]:
    """`ml/notices` ends the night, `ml/promotion_notices` a training."""

    @asset(
        key=["ml", "notices"],
        group_name="publish",
        deps=assets_of(READS, ["published"], ["reports", "morning_page"]),  # told when there is something to open
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_RUN,
        pool=WAREHOUSE,
    )
    def notices(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
        """Tell of the newest night's new alerts, of a night that was not scored, and of promotions: each once."""
        return _told(context, tell_of_nights(workspace, nights_of(context, workspace)))

    return [notices, promotion_notices]


@asset(key=["ml", "promotion_notices"], group_name="train", deps=assets_of(PROMOTION_READS), pool=WAREHOUSE)
def promotion_notices(context: AssetExecutionContext, workspace: ResourceParam[Settings]) -> MaterializeResult:
    """Tell what the gate decided, or that a model was rolled back: once."""
    return _told(context, tell_of_promotions(workspace))


def _told(context: AssetExecutionContext, delivery: Delivery) -> MaterializeResult:
    if delivery.problem:
        context.log.warning(f"{delivery.waiting} notices wait for the next run: {delivery.problem}")
    return MaterializeResult(
        metadata={"new": delivery.new, "sent": delivery.sent, "waiting": delivery.waiting, "problem": delivery.problem}
    )
