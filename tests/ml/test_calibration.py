import numpy as np
from scipy.special import expit

from ml.calibration import Calibrator, fit_calibrator


def test_recovers_a_known_slope_and_offset() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2, 2, 40_000)
    labels = (rng.random(40_000) < expit(0.5 * log_odds - 1)).astype(float)
    fit = fit_calibrator(log_odds, labels)
    assert abs(fit.slope - 0.5) < 0.05
    assert abs(fit.offset + 1) < 0.1


def test_separable_classes_stay_finite_and_off_the_ends() -> None:
    fit = fit_calibrator(np.array([-3.0, -2, 2, 3] * 10), np.array([0.0, 0, 1, 1] * 10))
    probabilities = fit.apply(np.array([-3.0, 3.0]))
    assert 0 < probabilities[0] < 0.2
    assert 0.8 < probabilities[1] < 1


def test_one_class_leaves_the_scores_alone() -> None:
    assert fit_calibrator(np.array([1.0, 2.0]), np.zeros(2)) == Calibrator()


def test_scores_that_rank_backwards_fall_back_to_the_prevalence() -> None:
    log_odds = np.concatenate([np.full(90, 2.0), np.full(10, -2.0)])
    labels = np.concatenate([np.zeros(90), np.ones(10)])
    assert np.allclose(fit_calibrator(log_odds, labels).apply(log_odds), 0.1)
