"""The leaderboard: the model and the naive rules on the same nights, the same rows and the same mature labels."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.economics import cheapest_threshold, total_cost
from ml.mart import ANY, label
from ml.metrics import decision_metrics, probability_metrics, ranking_metrics
from ml.model import Model
from ml.rules import RULES
from settings import Settings

Floats = NDArray[np.float64]
SCENARIO = "as configured"


def leaderboard(
    held_out: pd.DataFrame, history: pd.DataFrame, contenders: Mapping[str, Model], settings: Settings
) -> pd.DataFrame:
    """One row a contender on `held_out` (mature mart rows of the judged nights), best average precision first.

    Rules get their alert threshold from `history` (mature rows known before the held-out nights), by the same
    economics as the model; a model brings its own.
    """
    labels = held_out[label(ANY)].to_numpy(dtype="float64")
    rows = []
    for name, model in contenders.items():
        scores = model.probabilities(held_out)[ANY].to_numpy()
        rows.append(
            _row(name, labels, scores, scores >= model.card.threshold, settings, probability_metrics(labels, scores))
        )
    for name, rule in RULES.items():
        scores = rule(held_out, settings.fleet)
        threshold = _rule_threshold(rule(history, settings.fleet), history, settings)
        unknown = {"brier": float("nan"), "calibration_error": float("nan")}
        rows.append(_row(name, labels, scores, scores >= threshold, settings, unknown))
    board = pd.DataFrame(rows)
    board.insert(1, "scenario", SCENARIO)
    return board.sort_values("average_precision", ascending=False, kind="stable", ignore_index=True)


def _rule_threshold(scores: Floats, history: pd.DataFrame, settings: Settings) -> float:
    labels = history[label(ANY)].to_numpy(dtype="float64")
    nights = int(history["as_of"].nunique())
    if labels.sum() == 0 or nights == 0:
        return float(np.inf)
    return cheapest_threshold(scores, labels, nights, settings.workspace.economics)


def _row(
    name: str, labels: Floats, scores: Floats, alerts: NDArray[np.bool_], settings: Settings, extra: dict[str, float]
) -> dict[str, object]:
    caught = float((alerts & (labels > 0)).sum())
    needless = float(alerts.sum()) - caught
    missed = float(labels.sum()) - caught
    cost = total_cost(np.array(caught), np.array(needless), np.array(missed), settings.workspace.economics)
    return {
        "contender": name,
        "rows": len(labels),
        "positives": int(labels.sum()),
        **ranking_metrics(labels, scores),
        **decision_metrics(labels, alerts),
        **extra,
        "false_alerts_per_machine_month": 30.0 * needless / len(labels) if len(labels) else float("nan"),
        "cost": float(cost),
    }
