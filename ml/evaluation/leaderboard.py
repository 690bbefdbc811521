"""The leaderboard: models and naive rules in every scenario, on the same rows and the same mature labels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from ml.arrays import Floats
from ml.evaluation.contenders import Answer
from ml.mart.columns import ANY, label
from ml.metrics.bootstrap import CONFIDENCE, average_precisions, interval, machine_weights
from ml.metrics.event_metrics import EventFigures, event_figures
from ml.metrics.row_metrics import decision_metrics, probability_metrics, ranking_metrics
from ml.training.recipe import Recipe

UNKNOWN_PROBABILITY = {
    "brier": float("nan"),
    "calibration_error": float("nan"),
    "macro_average_precision": float("nan"),
}


@dataclass(frozen=True)
class HeldOut:
    """The rows of one scenario that no contender has learnt from, and the failures of their time.

    `rows`: mature mart rows (n). `failures`: machine_id, component, failed_at. `recipe`: the settings to judge by.
    """

    scenario: str
    rows: pd.DataFrame
    failures: pd.DataFrame
    recipe: Recipe

    @property
    def labels(self) -> Floats:
        """1 where any component failed within the horizon, else 0; shape (n,)."""
        return self.rows[label(ANY)].to_numpy(dtype="float64")

    def machine_weights(self) -> Floats:
        """The draws of machines that intervals and the gate go by, shape (n, resamples)."""
        return machine_weights(self.rows["machine_id"], self.recipe.evaluation.resamples, self.recipe.training.seed)


JudgedRows = tuple[HeldOut, Mapping[str, Answer]]
"""A scenario's rows, and what every contender answered there."""


def board(held_out: HeldOut, answers: Mapping[str, Answer]) -> pd.DataFrame:
    """One row a contender, best average precision first. Intervals hold 90 % of the draws of machines."""
    weights = held_out.machine_weights()
    rows = [{"contender": name, **judge(held_out, answer, weights)} for name, answer in answers.items()]
    table = pd.DataFrame(rows)
    table.insert(0, "scenario", held_out.scenario)
    return table.sort_values("average_precision", ascending=False, kind="stable", ignore_index=True)


def judge(held_out: HeldOut, answer: Answer, weights: Floats) -> dict[str, object]:
    """A contender's figures. `weights`: machines' draws, shape (n, resamples).

    A row without an answer is a failure missed if one came: it counts in recall and ranks below every answered row.
    Where no row is answered there is no ranking. What a probability is worth is told by the answered rows.
    """
    labels = held_out.labels
    ranking = {"average_precision": float("nan"), "roc_auc": float("nan")}
    low, high = float("nan"), float("nan")
    if answer.answered.any():
        ranking = ranking_metrics(labels, answer.ranking)
        low, high = interval(average_precisions(labels, answer.ranking, weights), CONFIDENCE)
    events = events_of(held_out, answer)
    return {
        "rows": len(labels),
        "positives": int(labels.sum()),
        **ranking,
        "average_precision_low": low,
        "average_precision_high": high,
        **decision_metrics(labels, answer.alerts),
        **_probability_figures(held_out.rows, labels, answer),
        **events.row(held_out.recipe.economics),
        "held_out_from": held_out.rows["as_of"].min(),
        "held_out_until": held_out.rows["as_of"].max(),
    }


def events_of(held_out: HeldOut, answer: Answer) -> EventFigures:
    """What the alerts of an answer came to."""
    horizon = held_out.recipe.fleet.horizon_hours
    return event_figures(
        held_out.rows, answer.alerts, held_out.failures, horizon, answer.component, answered=answer.answered
    )


def component_precisions(rows: pd.DataFrame, probabilities: pd.DataFrame) -> dict[str, float]:
    """Average precision of each component that failed at least once in `rows`, on rows whose label is known."""
    found = {}
    for component in [name for name in probabilities.columns if name != ANY]:
        known = rows[label(component)].notna()
        labels = rows.loc[known, label(component)]
        if 0 < labels.sum() < len(labels):
            # Without an answer a row ranks last, as it does for any failure.
            found[component] = float(average_precision_score(labels, probabilities.loc[known, component].fillna(-1)))
    return found if probabilities.notna().any(axis=None) else {}


def _probability_figures(rows: pd.DataFrame, labels: Floats, answer: Answer) -> dict[str, float]:
    if answer.probabilities is None:
        return UNKNOWN_PROBABILITY
    each = list(component_precisions(rows, answer.probabilities).values())
    macro = float(np.mean(each)) if each else float("nan")
    known = answer.answered
    return {**probability_metrics(labels[known], answer.scores[known]), "macro_average_precision": macro}
