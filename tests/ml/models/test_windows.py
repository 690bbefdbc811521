import numpy as np
import pytest

from ml.models.windows import HIGH_END, LOW_END, MEDIAN, LifeWindows

TABLE = LifeWindows(
    (10.0, 50.0, 90.0), (-4.0, -20.0, None), (-2.0, -10.0, None), (0.0, 5.0, None), (6.0, 40.0, None), 0.8, 100.0
)


def window(table: LifeWindows, centre: float, spread: float = 1.0) -> list[float]:
    found = table.of(np.array([centre]), np.array([spread]))
    return [float(found[name].iloc[0]) for name in (LOW_END, MEDIAN, HIGH_END)]


def test_a_line_is_read_as_it_stands_and_between_lines_straight() -> None:
    assert window(TABLE, 10) == [6, 10, 16]
    assert window(TABLE, 30) == pytest.approx([30 - 12, 30 + 2.5, 30 + 23])
    assert window(TABLE, 0) == [0, 0, 6]  # before the first line as on it, and nothing below 0
    assert window(TABLE, 10, spread=2) == [2, 10, 22]


def test_beyond_the_cap_nothing_is_told() -> None:
    assert np.isnan(window(TABLE, 90)).all()
    assert np.isnan(window(TABLE, 99)).all()
    low, median, high = window(TABLE, 75)
    assert 50 < low < 90
    assert median > low
    assert high > 90 or np.isnan(high)


def test_an_open_end_is_not_told() -> None:
    low, median, high = window(LifeWindows((10.0,), (-4.0,), (-1.0,), (50.0,), (None,), 0.8, 100.0), 20)
    assert (low, median) == (16, 70)
    assert np.isnan(high)
    low, median, high = window(LifeWindows((10.0,), (-4.0,), (-1.0,), (None,), (None,), 0.8, 100.0), 20)
    assert low == 16
    assert np.isnan([median, high]).all()


def test_where_as_many_outlive_the_cap_as_a_window_holds_none_is_told() -> None:
    assert np.isnan(window(LifeWindows((10.0,), (-4.0,), (85.0,), (None,), (None,), 0.8, 100.0), 20)).all()


def test_ends_never_cross() -> None:
    crossed = LifeWindows((10.0,), (5.0,), (6.0,), (0.0,), (-5.0,), 0.8, 100.0)
    assert window(crossed, 20) == [25, 25, 25]
