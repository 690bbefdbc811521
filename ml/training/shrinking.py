"""Folds and held-out nights that a short history, or one with few failures, allows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

import pandas as pd

from ml.training.recipe import Recipe
from ml.training.shortage import lack_of
from ml.training.time_split import time_split
from ml.wording import counted

SHARES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1)
LEAST_NIGHTS = 3  # of a fold, and held out


def fitting_recipe(recipe: Recipe, known_until: datetime, failing: pd.DataFrame) -> tuple[Recipe, str]:
    """The recipe with as many folds and held-out nights as there is enough to learn from, and a sentence if fewer.

    `failing`: machine_id and as_of of the mature rows before a failure. As the recipe asks wherever that can be
    trained on; else the largest that can, by the product of both shares, held-out nights first; as asked where none
    can. The same failures give the same folds.
    """
    step = timedelta(hours=recipe.fleet.snapshot_every_hours)
    for smaller in (recipe, *_smaller(recipe)):
        if lack_of(failing, time_split(known_until, smaller), step) is None:
            return smaller, _told(recipe, smaller)
    return recipe, ""


def _smaller(recipe: Recipe) -> Iterator[Recipe]:
    asked, held_out = recipe.training, recipe.evaluation.holdout_nights
    sizes = {
        (_share_of(held_out, of_held_out), folds, _share_of(asked.fold_nights, of_folds))
        for of_held_out in SHARES for of_folds in SHARES for folds in range(1, asked.folds + 1)
    }  # fmt: skip
    for nights, folds, fold_nights in sorted(sizes, key=lambda size: (size[0] * size[1] * size[2], size), reverse=True):
        yield replace(
            recipe,
            training=asked.model_copy(update={"folds": folds, "fold_nights": fold_nights}),
            evaluation=recipe.evaluation.model_copy(update={"holdout_nights": nights}),
        )


def _share_of(nights: int, share: float) -> int:
    return min(nights, max(LEAST_NIGHTS, ceil(nights * share)))


def _told(asked: Recipe, taken: Recipe) -> str:
    if taken == asked:
        return ""
    return (
        f"The failures known so far do not allow {_sizes(asked)}, as {asked.fleet.settings_place} asks: "
        f"{_sizes(taken)} were taken, so that less is known of how good it is."
    )


def _sizes(recipe: Recipe) -> str:
    training = recipe.training
    folds = f"{counted(training.folds, 'fold')} of {counted(training.fold_nights, 'night')}"
    return f"{counted(recipe.evaluation.holdout_nights, 'held-out night')} and {folds}"
