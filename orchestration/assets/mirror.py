"""The published copy in an S3 store, where a team has readers on other machines."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetsDefinition,
    MaterializeResult,
    ResourceParam,
    asset,
)

from orchestration.pools import MIRRORING
from settings import Settings
from steps.mirror import mirror_published
from warehouse.servers import ServerUnreachable

MIRROR_KEY, REACHED = ["published_mirror"], "mirror_reached"
MIRROR_KIND = "s3"  # by which jobs select it, set or not
LAST_COUNTS = "Readers of the mirror have what was published last; where not, the next publication brings it."


def mirror_assets(settings: Settings) -> list[AssetsDefinition]:
    """The asset `published_mirror`, where `publishing.mirror` is set."""
    return [published_mirror] if settings.workspace.publishing.mirror else []


@asset(
    key=MIRROR_KEY,
    group_name="publish",
    deps=["published"],
    kinds={"parquet", MIRROR_KIND},
    pool=MIRRORING,
    check_specs=[AssetCheckSpec(REACHED, asset=MIRROR_KEY, description=LAST_COUNTS)],
)
def published_mirror(workspace: ResourceParam[Settings]) -> Iterator[Any]:
    """The Parquet files of the last publication; a store that does not answer never fails the night."""
    try:
        done, problem = mirror_published(workspace), ""
    except ServerUnreachable as error:
        done, problem = None, str(error)
    yield MaterializeResult(metadata=asdict(done) if done else {})
    yield AssetCheckResult(
        passed=not problem,
        check_name=REACHED,
        severity=AssetCheckSeverity.ERROR,
        metadata={"summary": problem or "It has."},
    )
