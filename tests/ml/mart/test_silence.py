"""When a machine counts as silent."""

import pytest

from ml.mart.silence import reading_counts, silent_after
from settings import FeedLatency, Settings


@pytest.mark.parametrize(
    ("step_hours", "latency", "after"), [(1, 0, 12), (0.0167, 0, 12), (24, 0, 25), (24, 24, 49), (1, 12, 14)]
)
def test_no_machine_is_silent_while_nothing_is_due(
    step_hours: float, latency: int, after: int, settings: Settings
) -> None:
    update = {"telemetry_step_hours": step_hours, "feed_latency_hours": FeedLatency(telemetry=latency)}
    assert silent_after(settings.fleet.model_copy(update=update), settings.workspace.scoring) == after


def test_a_daily_feed_is_looked_for_in_a_window_that_holds_a_reading(settings: Settings) -> None:
    daily = settings.fleet.model_copy(update={"telemetry_step_hours": 24, "windows_hours": (24, 72, 168)})
    assert reading_counts(daily, settings.workspace.scoring)[0] == "volt_n_72h"
