"""The pictures of sensors: gaps, states, counters, and what stands beside them."""

from datetime import timedelta

import numpy as np
import pandas as pd

from delivery.pages.sparkline import MAX_POINTS, sparkline
from settings import Sensor
from tests.delivery.pages.morning.night_kit import AS_OF, readings

VOLT = Sensor(unit="V", min=0, max=400)
COUNTER = Sensor(kind="counter", min=0, max=1e15)


def picture(frame: pd.DataFrame, days: int = 7, sensor: Sensor = VOLT) -> str:
    svg = sparkline(frame["event_at"].tolist(), frame["volt"].tolist(), name="volt", sensor=sensor,
                    as_of=AS_OF, days=days, step=timedelta(hours=1))  # fmt: skip
    return str(svg)


def test_gap_in_the_readings_is_a_gap_in_the_picture() -> None:
    whole, holed = readings(), readings().drop(index=range(60, 80))
    assert picture(whole).count("<polyline") == 1
    assert picture(holed).count("<polyline") == 2
    assert picture(readings().assign(volt=lambda f: f["volt"].where(~f.index.isin(range(60, 80))))).count("<poly") == 2


def test_picture_tells_the_recent_mean_and_when_there_is_none() -> None:
    frame = readings().assign(volt=lambda f: np.where(f.index < 24, 150.0, 100.0))
    assert "24 h mean 150.0 V" in picture(frame)
    assert "24 h mean no reading" in picture(frame.drop(index=range(24)))
    assert "nan" not in picture(frame.assign(volt=100.0))


def changes(*readings: tuple[int, float]) -> pd.DataFrame:
    """Readings of so many hours before the night."""
    return pd.DataFrame([(AS_OF - timedelta(hours=hours), value) for hours, value in readings],
                        columns=["event_at", "volt"])  # fmt: skip


def test_a_state_is_told_by_its_name_and_for_how_long() -> None:
    mode = Sensor(kind="state", states={"stopped": 0, "idle": 1, "running": 2}, min=0, max=2, on_change_hours=48)
    html = picture(changes((60, 2), (30, 1), (6, 2)), sensor=mode)
    assert '<span class="now">24 h: idle 75 %, running 25 %</span></figcaption>' in html
    assert html.count("<polyline") == 1
    assert "mean" not in html
    assert "24 h: no reading" in picture(changes((160, 2)), sensor=mode)


def test_a_reading_that_comes_on_change_holds_and_no_longer() -> None:
    level = Sensor(unit="m", min=0, max=10, on_change_hours=24)
    html = picture(changes((100, 4.0), (50, 2.0), (20, 3.0)), sensor=level)
    assert html.count("<polyline") == 3
    assert "24 h mean 2.9 m" not in html
    assert "24 h mean 3.0 m" in html


def test_a_counter_is_told_by_where_it_stands_and_what_it_rose_by() -> None:
    html = picture(changes((100, 2_000_000), (50, 2_000_008), (20, 16), (1, 20)), sensor=COUNTER)
    assert '<span class="now">now 20</span> <span class="own">rose by 12 in 7 days</span>' in html
    assert '<line class="mean"' not in html


def test_no_reading_gives_no_picture_and_a_lone_one_a_dot() -> None:
    assert picture(readings().assign(volt=np.nan)) == "None"
    assert picture(readings().head(0)) == "None"
    assert 'class="lone"' in picture(readings().head(1))


def test_dense_feed_does_not_swell_the_page() -> None:
    at = pd.date_range(AS_OF - timedelta(days=7), AS_OF, freq="30s").to_pydatetime()
    svg = sparkline(
        list(at), list(np.arange(len(at))), name="volt", sensor=VOLT, as_of=AS_OF, days=7, step=timedelta(hours=1)
    )
    assert len(str(svg)) < 20 * MAX_POINTS
    assert str(svg).count("<polyline") == 1
