"""What a model looks at: the physical subjects that move its predictions, and how far."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.evaluation.contenders import Answer
from ml.evaluation.leaderboard import HeldOut
from ml.explain.contributions import contributions
from ml.models.model import Model

EXPLAINED_ROWS = 1500


@dataclass(frozen=True)
class Subject:
    """How far one physical subject moves the log-odds on average: over all rows, and over the alerted ones."""

    name: str
    feature: str
    everywhere: float
    alerted: float


def subjects_seen(model: Model, held_out: HeldOut, answer: Answer) -> list[Subject]:
    """Mean |SHAP| a subject, largest first, on at most EXPLAINED_ROWS rows.

    Alerted rows come first, up to half; the others are drawn by the seed and weigh as many rows as they stand for.
    """
    seed = held_out.recipe.training.seed
    rng = np.random.default_rng(seed)
    alerted, others = np.flatnonzero(answer.alerts), np.flatnonzero(~answer.alerts)
    some = np.sort(rng.permutation(alerted)[: EXPLAINED_ROWS // 2])
    rest = np.sort(rng.permutation(others)[: EXPLAINED_ROWS - len(some)])
    chosen = np.concatenate([some, rest])
    if not len(chosen):
        return []
    weights = np.repeat([len(alerted) / max(len(some), 1), len(others) / max(len(rest), 1)], [len(some), len(rest)])
    told = contributions(model, held_out.rows.iloc[chosen], held_out.recipe.fleet)
    long = pd.DataFrame(
        [(c.subject, c.feature, abs(c.weight), w, i < len(some))
         for i, (row, w) in enumerate(zip(told, weights, strict=True)) for c in row],
        columns=["subject", "feature", "size", "weight", "alerted"],
    )  # fmt: skip
    long["total"] = long["size"] * long["weight"]
    strongest = long.groupby(["subject", "feature"])["total"].sum().reset_index().sort_values("total", kind="stable")
    features = strongest.drop_duplicates("subject", keep="last").set_index("subject")["feature"]
    everywhere = long.groupby("subject")["total"].sum() / weights.sum()
    in_alerts = long[long["alerted"]].groupby("subject")["size"].mean()
    found = [
        Subject(str(name), features[name], float(size), float(in_alerts.get(name, float("nan"))))
        for name, size in everywhere.items()
    ]
    return sorted(found, key=lambda subject: -subject.everywhere)
