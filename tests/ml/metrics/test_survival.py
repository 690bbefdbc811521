import numpy as np
import pytest

from ml.metrics.survival import known_weights, quantile, survival

# Weeks of remission of 21 children on 6-mercaptopurine (Freireich et al., 1963): the example of every textbook.
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
ENDED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)


def test_the_textbooks_curve() -> None:
    moments, left = survival(WEEKS, ENDED, np.ones(21))
    assert moments.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert left == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert quantile(moments, left, 0.5) == 23
    assert quantile(moments, left, 0.2) == 10
    assert quantile(moments, left, 0.6) == np.inf


def test_a_weight_is_so_many_rows() -> None:
    weights = np.array([3.0, 1.0, 2.0])
    hours, ended = np.array([2.0, 4.0, 6.0]), np.array([True, False, True])
    one = survival(hours, ended, weights)
    other = survival(np.repeat(hours, [3, 1, 2]), np.repeat(ended, [3, 1, 2]), np.ones(6))
    assert one[0].tolist() == other[0].tolist()
    assert one[1] == pytest.approx(other[1])


def test_known_ends_stand_for_those_that_were_cut_off() -> None:
    """Of four, one is cut off at 2 before the end of three: each later one stands for 4 / 3."""
    weights = known_weights(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, True]))
    assert weights == pytest.approx([1, 0, 1.5, 1.5])
    assert known_weights(np.array([2.0, 2.0]), np.array([True, True])) == pytest.approx([1, 1])


def test_no_row_stands_for_more_than_twenty() -> None:
    hours = np.append(np.arange(1.0, 100), 200.0)
    weights = known_weights(hours, hours == 200)
    assert weights[-1] == pytest.approx(20)


def test_lives_that_are_cut_off_at_random_do_not_shorten_the_others() -> None:
    """Exponential lives of mean 10, cut off at a moment of mean 15: the mean of the known, by weight, is near 10."""
    rng = np.random.default_rng(1)
    life, cut = rng.exponential(10, 40_000), rng.exponential(15, 40_000)
    life, ended = np.minimum(life, 30), np.minimum(life, 30) <= cut
    plain = life[ended].mean()
    weighted = np.average(np.minimum(life, cut), weights=known_weights(np.minimum(life, cut), ended))
    assert plain < 0.75 * life.mean()
    assert weighted == pytest.approx(life.mean(), rel=0.05)
