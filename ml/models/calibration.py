"""Turning scores into probabilities: Platt scaling on the log-odds, fitted on validation only.

Two numbers a target, so that a few dozen failures suffice and the model file stays readable.
Source: Platt (1999), "Probabilistic outputs for support vector machines", with its smoothed targets.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

from ml.arrays import Floats


@dataclass(frozen=True)
class Calibrator:
    """probability = 1 / (1 + exp(-(slope * log_odds + offset)))."""

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, log_odds: Floats) -> Floats:
        """Calibrated probabilities, same shape as `log_odds`."""
        return expit(self.slope * log_odds + self.offset)


def fit_calibrator(log_odds: Floats, labels: Floats, weights: Floats) -> Calibrator:
    """Fit on (n,) log-odds, 0/1 labels and weights, which stand for the rows that a sample left out.

    Falls back to a mere shift where a slope cannot be learnt. Smoothed targets keep the fit finite when the classes
    are separable.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - half of what a night would load to score, and never ask

    positives = float((labels * weights).sum())
    negatives = float(weights.sum()) - positives
    if positives == 0 or negatives == 0:
        return Calibrator()
    smooth = np.where(labels > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(parameters: Floats) -> float:
        z = parameters[0] * log_odds + parameters[1]
        return float(-(weights * (smooth * log_expit(z) + (1 - smooth) * log_expit(-z))).sum())

    best = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"maxiter": 2000})
    slope, offset = (float(value) for value in best.x)
    return Calibrator(slope, offset) if slope > 0 else Calibrator(0.0, float(np.log(positives / negatives)))


def never_seen(rows: int) -> Calibrator:
    """The constant for a failure that none of `rows` rows showed: the rule of succession, 1 in rows + 2."""
    return Calibrator(0.0, -float(np.log(rows + 1)))
