from dataclasses import replace

import numpy as np
import pandas as pd
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


def random_table(random: np.random.Generator) -> LifeWindows:
    """Three lines with ends in order, some of them beyond the cap."""
    ends = np.sort(random.normal(0, 25, (3, 4)), axis=1)
    low, alone, median, high = (
        tuple(None if random.random() < 0.15 else float(end) for end in line) for line in ends.T
    )
    return LifeWindows((10.0, 50.0, 90.0), low, alone, median, high, 0.8, 100.0)


@pytest.mark.parametrize("step", [1.0, 1.5, 7.0, 24.0])
def test_ends_are_laid_outward_to_whole_steps(step: float) -> None:
    random = np.random.default_rng(int(step * 10))
    for _ in range(40):
        plain = random_table(random)
        centre, spread = random.uniform(0, 100, 60), random.uniform(0.5, 2, 60)
        found, laid = (table.of(centre, spread) for table in (plain, replace(plain, step=step)))
        low, high = laid[LOW_END], laid[HIGH_END]
        both = (found[LOW_END] < found[HIGH_END]) & high.notna()  # unlaid ends may cross, and are no window then
        for end in (low, high):
            assert ((end / step - (end / step).round()).abs().dropna() < 1e-9).all()
        assert (low.dropna() >= 0).all()
        assert (low[both] <= found[LOW_END][both]).all()
        assert (high[both] >= found[HIGH_END][both]).all()
        assert ((high - low)[both] - (found[HIGH_END] - found[LOW_END])[both] < 2 * step).all()
        assert (low.isna() | (laid[MEDIAN].isna()) | (low <= laid[MEDIAN])).all()
        assert (high.isna() | (laid[MEDIAN] <= high)).all()
        assert not (low.isna() & found[LOW_END].notna() & found[HIGH_END].notna() & high.notna()).any()


def test_what_lies_beyond_the_cap_stays_beyond_it_where_the_cap_is_no_whole_step() -> None:
    beyond = LifeWindows((10.0, 50.0), (-4.0, None), (-2.0, None), (0.0, None), (6.0, None), 0.8, 100.0, 24.0)
    assert window(beyond, 10) == [0, 10, 24]
    assert window(beyond, 20)[0] == 24  # a quarter of the way from 16 to the cap is 37
    assert np.isnan(window(beyond, 50)).all()
    assert np.isnan(window(beyond, 60)).all()
    late = LifeWindows((10.0,), (0.0,), (2.0,), (4.0,), (9.0,), 0.8, 100.0, 24.0)
    assert window(late, 50) == [48, 54, 72]
    assert window(late, 97)[0] == 96  # not before the last whole step within the cap
    assert np.isnan(window(late, 97)[1:]).all()


def test_a_table_from_before_steps_says_what_it_said() -> None:
    assert TABLE.step == 0
    told: pd.DataFrame = TABLE.of(np.array([10.3, 31.7]), np.ones(2))
    assert told[LOW_END].tolist() == pytest.approx([10.3 - 4.12, 31.7 - 12.68])


@pytest.mark.parametrize("step", [0.0, 1.0, 7.0])
def test_widened_windows_hold_what_others_do_and_are_told_of_the_same_rows(step: float) -> None:
    random = np.random.default_rng(3)
    for _ in range(40):
        plain = replace(random_table(random), step=step)
        centre, spread = random.uniform(0, 100, 60), random.uniform(0.5, 2, 60)
        found, wider, widest = (replace(plain, widened=by).of(centre, spread) for by in (1.0, 1.3, 2.0))
        assert plain.of(centre, spread).equals(found)
        for narrow, wide in ((found, wider), (wider, widest)):
            assert (narrow[LOW_END].isna() == wide[LOW_END].isna()).all()
            assert (narrow[LOW_END].isna() | (wide[LOW_END] <= narrow[LOW_END])).all()
            open_end = wide[HIGH_END].isna()
            assert (open_end | (wide[HIGH_END] >= narrow[HIGH_END])).all()
            assert wide[MEDIAN].equals(narrow[MEDIAN])


def test_both_ends_are_widened_from_the_median() -> None:
    assert window(replace(TABLE, widened=1.5), 10) == [4, 10, 19]
    assert window(replace(TABLE, widened=2.0), 75)[0] == pytest.approx(window(TABLE, 75)[0])  # no high end, no widening
