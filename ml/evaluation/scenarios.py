"""The circumstances a model is judged in: as configured, on every snapshot, without a feed, later, farther ahead."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ml.mart.feed_outages import OUTAGES
from settings import FeedLatency, Fleet

CONFIGURED = "as configured"
GRID = "whole grid"
REFITTED = "champion's recipe, refitted"


@dataclass(frozen=True)
class Scenario:
    """`nightly`: only rows at the scoring hour. `rebuilt`: the other mart it needs, None for the default mart.

    `blank` takes a feed away from the mart's rows, as if it had never delivered.
    """

    name: str
    nightly: bool = True
    rebuilt: str | None = None
    blank: Callable[[pd.DataFrame, Fleet], pd.DataFrame] | None = None


def rebuilt_marts(fleet: Fleet) -> dict[str, Fleet]:
    """The vars under which other marts are built, by the name of what is different there."""
    later = {"feed_latency_hours": _one_hour_later(fleet.feed_latency_hours)}
    return {
        f"{2 * fleet.horizon_hours} h horizon": fleet.with_horizon(2 * fleet.horizon_hours),
        "feeds 1 h later": fleet.model_copy(update=later),
    }


def scenarios(fleet: Fleet) -> list[Scenario]:
    """Every scenario of the leaderboard, in the order people read them."""
    rebuilt = [
        Scenario(name if nightly else f"{name}, {GRID}", nightly, name)
        for name in rebuilt_marts(fleet)
        for nightly in (True, False)
    ]
    outages = [Scenario(f"without {feed}", blank=blank) for feed, blank in OUTAGES.items()]
    return [Scenario(CONFIGURED), Scenario(GRID, nightly=False), *rebuilt, *outages]


def _one_hour_later(latency: FeedLatency) -> FeedLatency:
    """Failures keep their time: they are labels, not features."""
    return latency.model_copy(update={feed: getattr(latency, feed) + 1 for feed in ("telemetry", "errors", "maint")})
