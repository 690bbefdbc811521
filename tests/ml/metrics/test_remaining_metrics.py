import numpy as np
import pytest

from ml.metrics.remaining_metrics import (
    Truth,
    alpha_lambda,
    concordance,
    coverage,
    error_by_life,
    inside,
    median_width,
    nasa_score,
    pinball,
    rmse,
)

INF, NAN = float("inf"), float("nan")


def truth(*ends: tuple[float, float], cap: float = 100) -> Truth:
    return Truth(np.array([low for low, _ in ends], dtype=float), np.array([high for _, high in ends]), cap)


def of(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("came", "window", "held"),
    [
        ((50, 50), (40, 60), 1),
        ((50, 50), (50, 50), 1),
        ((50, 50), (51, 60), 0),
        ((50, 50), (NAN, NAN), NAN),
        ((50, 50), (40, NAN), 1),  # not before 40
        ((50, 50), (60, NAN), 0),
        ((40, 60), (30, 60), 1),  # found at 60, sound at 40
        ((40, 60), (50, 70), NAN),
        ((40, 60), (61, 70), 0),
        ((20, INF), (40, 60), NAN),  # cut off at 20
        ((70, INF), (40, 60), 0),  # and at 70
        ((100, INF), (40, 60), 0),  # outlived the cap
        ((100, INF), (40, NAN), 1),
        ((90, 120), (80, NAN), 1),
        ((90, 120), (80, 95), NAN),
        ((300, 300), (40, NAN), 1),
        ((300, 300), (40, 60), 0),
    ],
)
def test_a_window_holds_an_end_or_not_or_nobody_can_tell(
    came: tuple[float, float], window: tuple[float, float], held: float
) -> None:
    found = inside(truth(came), of(window[0]), of(window[1]))
    assert found == pytest.approx([held], nan_ok=True)


def test_coverage_is_of_the_windows_whose_end_is_known() -> None:
    came = truth((10, 10), (50, 50), (30, INF), (100, INF), (5, 5))
    low, high = of(5, 60, 20, 50, NAN), of(20, 70, 25, NAN, NAN)
    assert coverage(came, low, high, np.ones(5)) == pytest.approx(2 / 3)
    assert coverage(came, low, high, of(1, 1, 0, 2, 1)) == pytest.approx(3 / 4)
    assert np.isnan(coverage(came, np.full(5, NAN), high, np.ones(5)))
    assert median_width(low, high) == 10
    assert np.isnan(median_width(low, np.full(5, NAN)))


def test_concordance_counts_pairs_of_which_one_certainly_failed_first() -> None:
    """10 < 20 < 40 known; one is cut off at 15: comparable are (10, 20), (10, 40), (20, 40), (10, 15+)."""
    came = truth((10, 10), (20, 20), (40, 40), (15, INF))
    assert concordance(came, of(1, 2, 3, 4)) == 1
    assert concordance(came, of(3, 2, 1, 4)) == 1 / 4
    assert concordance(came, of(1, 1, 1, 1)) == 0.5
    assert np.isnan(concordance(truth((100, INF), (100, INF)), of(1, 2)))


def test_errors_are_of_capped_lives() -> None:
    came = truth((10, 10), (100, INF), (30, INF), (40, 60))
    point = of(16, 92, 0, NAN)  # nothing is told: the cap
    assert rmse(came, point, np.ones(4)) == pytest.approx(np.sqrt((36 + 64 + 2500) / 3))
    assert rmse(came, point, of(1, 1, 0, 0)) == pytest.approx(np.sqrt(50))
    assert alpha_lambda(came, of(12, 0, 0, 50)) == 1
    assert alpha_lambda(came, of(12.1, 0, 0, 50)) == 0.5


def test_nasas_score_is_dearer_for_late_ones() -> None:
    came = truth((50, 50), (50, 50))
    assert nasa_score(came, of(37, 50), 1) == pytest.approx(np.e - 1)  # 13 early
    assert nasa_score(came, of(60, 50), 1) == pytest.approx(np.e - 1)  # 10 late
    assert nasa_score(came, of(74, 50), 24) == pytest.approx(np.expm1(0.1))


def test_the_error_is_told_by_what_was_left() -> None:
    came = truth((10, 10), (20, 20), (100, INF), (40, INF))
    found = error_by_life(came, of(13, 20, 90, 0))
    assert found["to_hours"].tolist() == [12.5, 25, 50, 100]
    assert found["rows"].tolist() == [1, 1, 0, 1]
    assert found["error"].tolist() == pytest.approx([3, 0, NAN, 10], nan_ok=True)


def test_a_low_quantile_may_lie_below_cheaply() -> None:
    came = truth((50, 50), (50, 50))
    assert pinball(came, of(40, 40), 0.1, np.ones(2)) == pytest.approx(1)
    assert pinball(came, of(60, 60), 0.1, np.ones(2)) == pytest.approx(9)
    assert pinball(came, of(60, 40), 0.5, of(1, 0)) == pytest.approx(5)
