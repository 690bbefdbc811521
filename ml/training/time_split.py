"""Time splits with a gap: what trains, what tunes, and what is held out from both."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from ml.mart.nights import label_delay
from ml.training.recipe import Recipe


@dataclass(frozen=True)
class Fold:
    """One rolling origin: trained on `as_of <= train_end`, judged on `start < as_of <= end`."""

    train_end: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True)
class TimeSplit:
    """Half-open spans `(start, end]` of as_of. Every label of a span is known before the next span begins.

    The folds choose tree counts, calibration and threshold; the final model then learns `(train_start, train_end]`,
    folds included. Nothing but the final judgement reads `(holdout_start, holdout_end]`.
    """

    train_start: datetime
    train_end: datetime
    folds: tuple[Fold, ...]
    holdout_start: datetime
    holdout_end: datetime


def time_split(known_until: datetime, recipe: Recipe) -> TimeSplit:
    """Split what is known at `known_until`: the last nights with a known label are held out."""
    holdout_end = known_until - label_delay(recipe.fleet)
    holdout_start = holdout_end - timedelta(days=recipe.evaluation.holdout_nights)
    return split_before(holdout_start, holdout_end, recipe)


def split_before(holdout_start: datetime, holdout_end: datetime, recipe: Recipe) -> TimeSplit:
    """Lay the folds and the training span before given held-out nights."""
    training, gap = recipe.training, label_delay(recipe.fleet)
    train_end = holdout_start - gap
    starts = [train_end - timedelta(days=training.fold_nights * back) for back in range(training.folds, 0, -1)]
    folds = tuple(Fold(start - gap, start, start + timedelta(days=training.fold_nights)) for start in starts)
    return TimeSplit(train_end - timedelta(days=training.history_days), train_end, folds, holdout_start, holdout_end)


def within(frame: pd.DataFrame, start: datetime, end: datetime) -> pd.DataFrame:
    """The rows with `start < as_of <= end`."""
    return frame[(frame["as_of"] > start) & (frame["as_of"] <= end)]
