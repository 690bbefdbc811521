from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from ml.mart.lives import HIGH, LOW
from ml.remaining.targets import SETTLED, known_at, life_weights, truth_of
from settings import Fleet, Settings

AS_OF = datetime(2025, 1, 1)
NAN = float("nan")


@pytest.fixture
def fleet(settings: Settings) -> Fleet:
    return settings.fleet


def rows(*lives: tuple[float, float], as_of: datetime = AS_OF) -> pd.DataFrame:
    return pd.DataFrame({"as_of": as_of, LOW: [low for low, _ in lives], HIGH: [high for _, high in lives]})


def known(fleet: Fleet, hours: float, *lives: tuple[float, float]) -> list[tuple[float, float, bool]]:
    found = known_at(rows(*lives), AS_OF + timedelta(hours=hours), 100, fleet)
    return list(found[[LOW, HIGH, SETTLED]].itertuples(index=False, name=None))


def test_a_life_that_ends_later_is_cut_off_and_not_left_out(fleet: Fleet) -> None:
    assert known(fleet, 40, (40, 40), (41, 41), (30, NAN), (60, NAN)) == [
        (40, 40, False),
        (40, np.inf, False),
        (30, np.inf, False),
        (40, np.inf, False),
    ]


def test_lives_are_capped(fleet: Fleet) -> None:
    assert known(fleet, 500, (99, 99), (100, 100), (140, 140), (300, NAN), (90, 120)) == [
        (99, 99, True),
        (100, np.inf, True),
        (100, np.inf, True),
        (100, np.inf, True),
        (90, 120, True),
    ]


def test_what_is_found_and_told_later_is_known_later(fleet: Fleet) -> None:
    later = fleet.model_copy(
        update={
            "found_within_hours": 10,
            "feed_latency_hours": fleet.feed_latency_hours.model_copy(update={"failures": 5}),
        }
    )
    assert known(later, 40, (25, 35), (26, 36), (80, 90)) == [(25, 35, False), (25, np.inf, False), (25, np.inf, False)]
    assert [settled for _, _, settled in known(later, 114, (80, 90))] == [False]
    assert [settled for _, _, settled in known(later, 115, (80, 90))] == [True]


def test_rows_in_an_outage_and_of_later_have_no_life(fleet: Fleet) -> None:
    assert known(fleet, -1, (10, 10)) == []
    assert known(fleet, 500, (NAN, NAN)) == []


def test_only_settled_rows_teach_a_number(fleet: Fleet) -> None:
    """Else the short lives of the last weeks would count, and the long ones not."""
    frame = known_at(rows((10, 10), (30, NAN), (300, NAN)), AS_OF + timedelta(hours=500), 100, fleet)
    assert life_weights(frame, 100) == pytest.approx([1, 0, 2])
    assert truth_of(frame, 100).hours.tolist() == [10, 30, 100]
    recent = known_at(rows((10, 10), (30, NAN), (300, NAN)), AS_OF + timedelta(hours=99), 100, fleet)
    assert life_weights(recent, 100).tolist() == [0, 0, 0]
