"""Figures for a ranking and for a decision, on rows whose outcome is known."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from ml.arrays import Floats


def ranking_metrics(labels: Floats, scores: Floats, weights: Floats | None = None) -> dict[str, float]:
    """Average precision and ROC-AUC of (n,) scores; NaN where only one class is there. Weights default to one."""
    one_class = labels.sum() in (0, len(labels))
    return {
        "average_precision": float("nan")
        if one_class
        else float(average_precision_score(labels, scores, sample_weight=weights)),
        "roc_auc": float("nan") if one_class else float(roc_auc_score(labels, scores, sample_weight=weights)),
    }


def decision_metrics(labels: Floats, alerts: NDArray[np.bool_]) -> dict[str, float]:
    """Precision, recall and F1 of (n,) yes/no decisions; NaN where nothing could be counted."""
    hits = float((alerts & (labels > 0)).sum())
    alerted, failed = float(alerts.sum()), float(labels.sum())
    return {
        "precision": hits / alerted if alerted else float("nan"),
        "recall": hits / failed if failed else float("nan"),
        "f1": 2 * hits / (alerted + failed) if alerted + failed else float("nan"),
    }


def probability_metrics(labels: Floats, probabilities: Floats) -> dict[str, float]:
    """Brier score and expected calibration error over ten equally filled bins."""
    if len(labels) == 0:
        return {"brier": float("nan"), "calibration_error": float("nan")}
    order = np.argsort(probabilities, kind="stable")
    gaps = [
        abs(labels[part].mean() - probabilities[part].mean()) * len(part)
        for part in np.array_split(order, 10)
        if len(part)
    ]
    return {
        "brier": float(brier_score_loss(labels, probabilities, pos_label=1)) if len(labels) else float("nan"),
        "calibration_error": float(sum(gaps) / len(labels)),
    }
