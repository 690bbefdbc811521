"""The part of a training that learns when: folds by time as the champion's, and one booster that answers."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
from catboost import CatBoost

from ml.mart.columns import MartColumns
from ml.mart.lives import LIFE_LOW
from ml.models.remaining import RemainingCard
from ml.remaining.choice import LifeChoice, choose
from ml.remaining.folds import BOOSTERS, LifeFold, LifeLearner, fit_mean
from ml.remaining.targets import known_at
from ml.training.cross_fit import side_by_side
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within
from settings import TrainingSettings


@dataclass(frozen=True)
class Lifetimes:
    """`booster` and `card`: None where too little is known of when machines fail, as `reason` says."""

    booster: CatBoost | None = None
    card: RemainingCard | None = None
    reason: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


def boosters_to_fit(rows: pd.DataFrame, split: TimeSplit, training: TrainingSettings) -> int:
    """How many `learn_lifetimes` fits, for whoever counts them."""
    if LIFE_LOW not in rows:
        return 0
    return len(training.remaining_candidates) * len(split.folds) + _of_the_chosen(split)


def _of_the_chosen(split: TimeSplit) -> int:
    return (BOOSTERS - 1) * len(split.folds) + BOOSTERS


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
    learner = LifeLearner(columns, cap, fleet, training)
    together = partial(side_by_side, threads=training.threads, done_one=fitted_one)
    choice = choose(folds, learner, together)
    metrics = figures_of(choice)
    if choice.candidate is None or choice.windows is None:
        for _ in range(_of_the_chosen(split)):
            fitted_one()
        return Lifetimes(reason=choice.reason, metrics=metrics)
    booster = fit_mean(choice.candidate, known, learner, together)
    if booster is None:
        why = "no remaining time is told: every machine fails within the cap, or none"
        return Lifetimes(reason=why, metrics=metrics)
    return Lifetimes(booster, RemainingCard(choice.candidate.kind, choice.windows), choice.reason, metrics)


def figures_of(choice: LifeChoice) -> dict[str, float]:
    """Each candidate's figures in the folds and those of what answers, as a run keeps them: those that are numbers."""
    named = {
        **{f"remaining_{kind}": figures for kind, figures in choice.figures.items()},
        "folds_remaining": choice.told,
    }
    return {
        f"{place}_{name}": value
        for place, figures in named.items()
        for name, value in figures.items()
        if math.isfinite(value)
    }
