import numpy as np
import pytest

from ml.arrays import Floats
from ml.metrics.remaining_metrics import Truth, coverage
from ml.models.windows import HIGH_END, LOW_END, LifeWindows, Stated
from ml.remaining.widening import fit_windows

CAP = 100.0


def drawn(rows: int, seed: int, spread: float = 0.3) -> tuple[Floats, Floats]:
    """Centres, and lives that scatter the more the longer they are."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(5, 90, rows)
    return centre, np.maximum(centre * (1 + spread * rng.normal(size=rows)), 0.5)


def windows_of(centre: Floats, low: Floats, high: Floats, share: float = 0.8, step: float = 0.0) -> LifeWindows:
    ones = np.ones(len(centre))
    return fit_windows(centre, ones, Truth(low, high, CAP), ones, np.arange(len(centre)), Stated(share, step))


def told_in(found: tuple[Floats, Floats], step: float) -> tuple[Floats, Floats]:
    """Centres as drawn, and lives at the middle of the step that they fall in."""
    centre, life = found
    return centre, (np.floor(life / step) + 0.5) * step if step else life


def capped(life: Floats) -> tuple[Floats, Floats]:
    return np.minimum(life, CAP), np.where(life < CAP, life, np.inf)


@pytest.mark.parametrize(("share", "step"), [(0.6, 0.0), (0.8, 0.0), (0.9, 0.0), (0.6, 6.0), (0.8, 6.0), (0.9, 6.0)])
def test_windows_hold_what_they_state_near_and_far(share: float, step: float) -> None:
    """Ends on whole steps of lives told at the steps' middles hold no more than others."""
    centre, life = told_in(drawn(3000, 1), step)
    table = windows_of(centre, *capped(life), share, step)
    asked, came = told_in(drawn(4000, 2), step)
    found, truth = table.of(asked, np.ones(4000)), Truth(*capped(came), CAP)
    low, high = found[LOW_END].to_numpy(), found[HIGH_END].to_numpy()
    for part in (asked < 30, (asked >= 30) & (asked < 60), asked >= 60):
        both = part & ~np.isnan(high)
        assert coverage(truth.at(both), low[both], high[both], np.ones(both.sum())) == pytest.approx(share, abs=0.05)
        held = coverage(truth.at(part), low[part], high[part], np.ones(part.sum()))
        assert share - 0.05 < held < (1 + share) / 2 + 0.05  # without a high end there is only one side to fail on
    width = high - low
    assert np.nanmedian(width[asked < 20]) < 0.6 * np.nanmedian(width[(asked > 40) & (asked < 60)])


def test_lives_that_were_cut_off_count_as_long_as_they_were_seen() -> None:
    """Half of them are cut off at random: without the others as without the cut, the windows are much the same."""
    centre, life = drawn(6000, 3)
    cut = np.random.default_rng(4).exponential(120, 6000)
    seen, ended = np.minimum(life, cut), life <= cut
    assert 0.25 < (~ended).mean() < 0.6
    low, high = np.minimum(seen, CAP), np.where(ended & (life < CAP), life, np.inf)
    whole, part = windows_of(centre, *capped(life)), windows_of(centre, low, high)
    asked = np.linspace(10, 60, 11)
    one, other = (table.of(asked, np.ones(11)) for table in (whole, part))
    assert np.nanmax(np.abs(one[LOW_END] - other[LOW_END])) < 8
    assert np.nanmax(np.abs(one[HIGH_END] - other[HIGH_END])) < 14


def test_where_most_outlive_the_cap_no_window_is_told() -> None:
    rng = np.random.default_rng(5)
    near, far = rng.uniform(5, 20, 200), np.full(4000, 95.0)
    life = np.concatenate([near + rng.normal(0, 2, 200), rng.uniform(80, 2000, 4000)])
    table = windows_of(np.concatenate([near, far]), *capped(np.maximum(life, 0.1)))
    found = table.of(np.array([10.0, 95.0]), np.ones(2))
    assert found[LOW_END].notna().tolist() == [True, False]
    assert found[HIGH_END].iloc[0] < 20


def test_few_failures_make_wide_windows() -> None:
    """Of six failures the first and the last are the ends: less is not sure."""
    centre, life = np.full(6, 50.0), np.array([20.0, 40.0, 45.0, 55.0, 60.0, 80.0])
    found = windows_of(centre, *capped(life)).of(np.array([50.0]), np.ones(1))
    assert found.loc[0, LOW_END] == 20
    assert found.loc[0, HIGH_END] == 80


@pytest.mark.parametrize(("failures", "before"), [(8, 0), (12, 1), (25, 2), (34, 3), (50, 4)])
def test_the_next_failure_lies_before_or_after_about_as_often_as_stated(failures: int, before: int) -> None:
    """With so many before it, it is so in (before + 1) of (failures + 1) cases: about a tenth."""
    life = 50 + (np.arange(failures, dtype=np.float64) - failures // 2) * 0.5
    found = windows_of(np.full(failures, 50.0), *capped(life)).of(np.array([50.0]), np.ones(1))
    assert before / (failures + 1) < 0.1 <= (before + 2) / (failures + 1)
    low, high = found[LOW_END].to_numpy(), found[HIGH_END].to_numpy()
    assert (life < low).sum() == (life > high).sum() == before


def test_the_ends_of_failures_found_late_lie_inside() -> None:
    centre, life = drawn(3000, 6)
    low, high = capped(life)
    narrow, wide = windows_of(centre, low, high), windows_of(centre, np.maximum(low - 10, 0), high)
    asked = np.array([30.0, 50.0])
    one, other = (table.of(asked, np.ones(2)) for table in (narrow, wide))
    assert (one[LOW_END] - other[LOW_END] > 5).all()
    assert np.allclose(one[HIGH_END], other[HIGH_END])


@pytest.mark.parametrize("failures", [5, 12, 25, 60])
@pytest.mark.parametrize("offset", [0.0, 2.5, 4.0])
@pytest.mark.parametrize("step", [1.0, 5.0, 7.0])
def test_ends_lie_as_near_as_they_may_once_they_are_laid(failures: int, offset: float, step: float) -> None:
    """What ends so laid leave out, and what they would a hair nearer; at `offset` 0 lives are multiples of 5."""
    random = np.random.default_rng(failures)
    life, spread = random.choice(np.arange(1, 15) * 5.0 + offset, failures), random.uniform(0.5, 2, failures)
    centre, ones = np.full(failures, 40.3), np.ones(failures)
    table = fit_windows(centre, spread, Truth(*capped(life), CAP), ones, np.arange(failures), Stated(0.8, step))
    low, high, out, hair = table.low[0], table.high[0], 0.1 * failures / (failures + 1), 1e-4
    assert low is not None
    assert high is not None

    def early(end: float) -> float:
        return float((life < np.floor((centre + end * spread) / step) * step).mean())

    def late(end: float) -> float:
        return float((life > np.ceil((centre + end * spread) / step) * step).mean())

    assert early(low) < out <= early(low + hair)
    assert late(high) <= out < late(high - hair)
