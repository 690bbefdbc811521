import numpy as np
from scipy.special import expit

from ml.models.calibration import Calibrator, fit_calibrator


def test_recovers_a_known_slope_and_offset() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2, 2, 40_000)
    labels = (rng.random(40_000) < expit(0.5 * log_odds - 1)).astype(float)
    fit = fit_calibrator(log_odds, labels, np.ones(len(labels)))
    assert abs(fit.slope - 0.5) < 0.05
    assert abs(fit.offset + 1) < 0.1


def test_separable_classes_stay_finite_and_off_the_ends() -> None:
    fit = fit_calibrator(np.array([-3.0, -2, 2, 3] * 10), np.array([0.0, 0, 1, 1] * 10), np.ones(40))
    probabilities = fit.apply(np.array([-3.0, 3.0]))
    assert 0 < probabilities[0] < 0.2
    assert 0.8 < probabilities[1] < 1


def test_one_class_leaves_the_scores_alone() -> None:
    assert fit_calibrator(np.array([1.0, 2.0]), np.zeros(2), np.ones(2)) == Calibrator()


def test_scores_that_rank_backwards_fall_back_to_the_prevalence() -> None:
    log_odds = np.concatenate([np.full(90, 2.0), np.full(10, -2.0)])
    labels = np.concatenate([np.zeros(90), np.ones(10)])
    assert np.allclose(fit_calibrator(log_odds, labels, np.ones(len(labels))).apply(log_odds), 0.1)


def test_weights_stand_for_the_rows_left_out() -> None:
    """Nine in ten of the quiet rows taken away and stood for by weight 10: the probabilities stay."""
    rng = np.random.default_rng(1)
    log_odds = rng.normal(-3, 1.5, 60_000)
    labels = (rng.random(60_000) < expit(log_odds)).astype(float)
    kept = (labels == 1) | (rng.random(60_000) < 0.1)
    weights = np.where(labels[kept] == 1, 1.0, 10.0)
    whole = fit_calibrator(log_odds, labels, np.ones(60_000)).apply(log_odds)
    sampled = fit_calibrator(log_odds[kept], labels[kept], weights).apply(log_odds)
    unweighted = fit_calibrator(log_odds[kept], labels[kept], np.ones(kept.sum())).apply(log_odds)
    assert abs(sampled.mean() - whole.mean()) < 0.05 * whole.mean()
    assert unweighted.mean() > 2 * whole.mean()
