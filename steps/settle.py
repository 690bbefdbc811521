"""Where a home is now: what cannot but name its place is brought to name it, before anything else is done there."""

from contextlib import suppress

from delivery.publishing.snapshots import PublishBusy, settle
from settings import Settings


def settle_home(settings: Settings) -> None:
    """Make the published views read this home's files where it was moved or copied since the last publication.

    MLflow's database is seen to by whoever opens it (`ml.registry.client.open_client`). Raises DiskFull.
    """
    with suppress(PublishBusy):  # who publishes makes them anew
        settle(settings.paths.published)
