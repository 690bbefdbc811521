import numpy as np
import pytest

from ml.models.life_steps import down, first_end, last_start, up

STEPS = [1.0, 1.1, 1.5, 6.0, 24.0]


@pytest.mark.parametrize("step", STEPS)
def test_ends_are_laid_to_whole_steps_outward_and_once(step: float) -> None:
    hours = np.concatenate([np.random.default_rng(1).uniform(0, 400, 500), np.arange(300) * step])
    low, high = down(hours, step), up(hours, step)
    for end in (low, high):
        assert np.abs(end / step - np.round(end / step)).max() < 1e-9
    assert (low <= hours + 1e-6).all()
    assert (high >= hours - 1e-6).all()
    assert ((high - low) / step).round(9).max() == 1
    assert low.min() >= 0
    assert np.array_equal(down(low, step), low)
    assert np.array_equal(up(high, step), high)
    whole = np.arange(300, dtype=np.float64) * step
    assert down(whole, step) == pytest.approx(whole)
    assert up(whole, step) == pytest.approx(whole)


@pytest.mark.parametrize("step", STEPS)
def test_a_life_is_inside_just_where_its_ends_say(step: float) -> None:
    """Every end near it, laid, against what `last_start` and `first_end` say of it unlaid."""
    near = np.arange(-2.5, 2.5, 0.01) * step
    for life in (0.0, 0.4 * step, 5 * step, 5.5 * step, 9.99 * step):
        ends = np.maximum(life + near, 0)
        [start], [end] = last_start(np.array([life]), step), first_end(np.array([life]), step)
        assert np.array_equal(down(ends, step) <= life + 1e-9, ends <= start)
        assert np.array_equal(up(ends, step) >= life - 1e-9, ends >= end)


def test_without_a_step_nothing_moves() -> None:
    hours = np.array([0.0, 3.7, 24.0])
    for laid in (down, up, last_start, first_end):
        assert np.array_equal(laid(hours, 0.0), hours)
