"""What other costs would have chosen: the threshold, and what it would have led to on the held-out nights."""

from dataclasses import replace

import pandas as pd

from ml.evaluation.contenders import Answer
from ml.evaluation.leaderboard import HeldOut, events_of
from ml.metrics.costs import prudent_threshold
from settings import Economics

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
VARIED = ("missed_failure", "needless_visit", "planned_replacement", "inspections_per_day")


def cost_sensitivity(tuning: pd.DataFrame, held_out: HeldOut, answer: Answer) -> pd.DataFrame:
    """One row a set of costs: the configured one, then each of the four varied alone by the factors.

    `tuning`: as_of, failed, probability of the folds' nights, which choose; the held-out nights only tell the outcome.
    """
    configured = held_out.recipe.economics
    rows = [{"varied": "as configured", "factor": 1.0, **_outcome(configured, tuning, held_out, answer)}]
    for name in VARIED:
        for factor in FACTORS:
            if factor != 1:
                costs = configured.model_copy(update={name: getattr(configured, name) * factor})
                rows.append({"varied": name, "factor": factor, **_outcome(costs, tuning, held_out, answer)})
    return pd.DataFrame(rows)


def _outcome(costs: Economics, tuning: pd.DataFrame, held_out: HeldOut, answer: Answer) -> dict[str, float | int]:
    threshold = prudent_threshold(
        tuning["probability"].to_numpy(), tuning["failed"].to_numpy(), tuning["as_of"].nunique(), costs
    )
    alerts = answer.scores >= threshold
    events = events_of(held_out, replace(answer, alerts=alerts))
    kept = ("failures", "failures_caught", "needless_visits", "false_alerts_per_machine_month", "cost")
    figures = events.row(costs)
    return {**{name: getattr(costs, name) for name in VARIED}, "threshold": threshold,
            **{name: figures[name] for name in kept}}  # fmt: skip
