"""Mirroring the published copy as a step, and whether readers elsewhere have the last one."""

from delivery.publishing.mirror import Mirrored, mirror, mirrored_snapshot
from delivery.publishing.snapshots import snapshots
from settings import MIRROR, Settings
from warehouse.object_store import ObjectStore


def mirror_published(settings: Settings) -> Mirrored | None:
    """Mirror the last publication to `publishing.mirror`; None where nothing is published. Raises ServerUnreachable."""
    return mirror(settings.paths.published, mirror_of(settings), settings.workspace.housekeeping.keep_snapshots)


def mirror_of(settings: Settings) -> ObjectStore:
    """The folder of the S3 store that `publishing.mirror` names."""
    return ObjectStore(settings.workspace.publishing.mirror, MIRROR)


def behind(settings: Settings) -> str:
    """In words, what readers of the mirror lack; empty where they have the last publication, or nothing is published.

    Raises ServerUnreachable.
    """
    found = snapshots(settings.paths.published)
    there = mirrored_snapshot(mirror_of(settings))
    if not found or there == found[-1].name:
        return ""
    return f"{MIRROR} has {there or 'nothing yet'}, and {found[-1].name} is published"
