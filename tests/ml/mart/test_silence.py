"""When a machine counts as silent."""

import pandas as pd
import pytest

from ml.mart.silence import is_silent, reading_counts, silent_after
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


def test_a_machine_that_told_that_it_is_off_is_not_silent(settings: Settings) -> None:
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    rows = pd.DataFrame(0, index=range(3), columns=counts)
    rows.loc[0, "volt_n_12h"] = 5
    rows.loc[1, "not_running_n_12h"] = 12
    assert is_silent(rows, counts).tolist() == [False, False, True]
    assert is_silent(rows.drop(columns="not_running_n_12h"), counts).tolist() == [False, True, True]


def test_no_count_of_a_sensor_may_be_missing(settings: Settings) -> None:
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    with pytest.raises(KeyError):
        is_silent(pd.DataFrame(0, index=range(3), columns=counts[1:]), counts)
