"""The part of a training that learns when: folds by time as the champion's, and one booster that answers."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
from catboost import CatBoost

from ml.mart.columns import MartColumns
from ml.mart.lives import LIFE_LOW
from ml.models.boosters import merged
from ml.models.remaining import RemainingCard
from ml.remaining.candidates import Candidate, fit
from ml.remaining.choice import LifeChoice, LifeFold, choose
from ml.remaining.targets import known_at
from ml.training.cross_fit import side_by_side
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within
from settings import TrainingSettings

BOOSTERS = 3  # of other seeds, whose mean answers: steadier than any one of them


@dataclass(frozen=True)
class Lifetimes:
    """`booster` and `card`: None where too little is known of when machines fail, as `reason` says."""

    booster: CatBoost | None = None
    card: RemainingCard | None = None
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


def boosters_to_fit(rows: pd.DataFrame, split: TimeSplit, training: TrainingSettings) -> int:
    """How many `learn_lifetimes` fits, for whoever counts them."""
    return len(training.remaining_candidates) * len(split.folds) + BOOSTERS if LIFE_LOW in rows else 0


def learn_lifetimes(
    rows: pd.DataFrame,
    columns: MartColumns,
    split: TimeSplit,
    recipe: Recipe,
    fitted_one: Callable[[], None] = lambda: None,
) -> Lifetimes:
    """Learn from weighted rows of the training span with what is known of their lives; nothing where they have none.

    What was known when the held-out nights began is learnt, and before each fold what its beginning knew.
    """
    if LIFE_LOW not in rows:
        return Lifetimes()
    fleet, training, cap = recipe.fleet, recipe.training, float(recipe.fleet.remaining_cap)
    known = known_at(rows, split.holdout_start, cap, fleet)
    folds = [
        LifeFold(known_at(rows[rows["as_of"] <= fold.train_end], fold.start, cap, fleet),
                 within(known, fold.start, fold.end))
        for fold in split.folds
    ]  # fmt: skip
    choice = choose(
        folds, columns, cap, fleet, training,
        lambda work, jobs: side_by_side(work, jobs, training.threads, fitted_one),
    )  # fmt: skip
    metrics = figures_of(choice)
    if choice.candidate is None or choice.windows is None:
        for _ in range(BOOSTERS):
            fitted_one()
        return Lifetimes(reason=choice.reason, metrics=metrics)
    booster = fit_mean(choice.candidate, known, columns, recipe, fitted_one)
    if booster is None:
        why = "no remaining time is told: every machine fails within the cap, or none"
        return Lifetimes(reason=why, metrics=metrics)
    return Lifetimes(booster, RemainingCard(choice.candidate.kind, choice.windows), choice.reason, metrics)


def fit_mean(
    candidate: Candidate,
    known: pd.DataFrame,
    columns: MartColumns,
    recipe: Recipe,
    fitted_one: Callable[[], None] = lambda: None,
) -> CatBoost | None:
    """BOOSTERS of them on rows of `known_at` as one; None as `fit`. In the folds one stands for them: no better."""
    training, cap = recipe.training, float(recipe.fleet.remaining_cap)
    seeded = [training.model_copy(update={"seed": training.seed + place}) for place in range(BOOSTERS)]
    found = side_by_side(
        lambda own: fit(candidate, known, columns, cap, recipe.fleet, own), seeded, training.threads, fitted_one
    )
    fitted = [booster for booster in found if booster is not None]
    return merged(fitted) if len(fitted) == BOOSTERS else None


def figures_of(choice: LifeChoice) -> dict[str, float]:
    """Each candidate's figures in the folds, as a run keeps them: those that are numbers."""
    return {
        f"remaining_{kind}_{name}": value
        for kind, figures in choice.figures.items()
        for name, value in figures.items()
        if math.isfinite(value)
    }
