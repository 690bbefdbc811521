"""Model and naive rules side by side on when machines fail: on held-out nights of which the end is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.evaluation.naive_lives import LIFE_RULES, thinned
from ml.mart.columns import WEIGHT
from ml.mart.lives import LIFE_LOW
from ml.metrics.bootstrap import machine_weights
from ml.metrics.remaining_metrics import (
    Truth,
    alpha_lambda,
    concordance,
    coverage,
    error_by_life,
    inside,
    median_width,
    nasa_score,
    rmse,
)
from ml.models.model import Model
from ml.models.windows import HIGH_END, LOW_END, Stated
from ml.remaining.targets import SETTLED, known_at, life_numbers, life_weights, truth_of
from ml.remaining.widening import fit_windows
from ml.training.recipe import Recipe
from ml.wording import rate
from settings import PromotionSettings

MOST_HISTORY = 20_000
NASA_UNIT_HOURS = 24.0
FEW_ENDS = 10  # failures inside or outside a window; fewer cannot show that windows lie
WINDOW_SHORTFALL = 0.05  # by which the share may miss what is stated, beyond the noise


@dataclass(frozen=True)
class HeldLives:
    """Held-out rows (n) of which the whole cap has gone by, what came of them, and how much each counts.

    `weights`: those whose end nobody knows count for nothing, and others stand for them. `lives`: a number for each
    failure.
    """

    rows: pd.DataFrame
    truth: Truth
    weights: Floats
    lives: NDArray[np.int64]


@dataclass(frozen=True)
class LifeAnswer:
    """A contender's point in hours, and its window's ends as `LifeWindows.of` gives them; shape (n,) each."""

    point: Floats
    low: Floats
    high: Floats


def held_lives(rows: pd.DataFrame, known_until: datetime, recipe: Recipe) -> HeldLives | None:
    """Of held-out mart rows with what is known of their lives (`with_lives`); None where none is settled.

    `known_until`: the moment up to which failures are known.
    """
    if LIFE_LOW not in rows:
        return None
    cap = float(recipe.fleet.remaining_cap)
    known = known_at(rows, known_until, cap, recipe.fleet)
    known = known[known[SETTLED]]
    if known.empty:
        return None
    return HeldLives(known, truth_of(known, cap), life_weights(known, cap), life_numbers(known))


def ask_windows(model: Model, held: HeldLives) -> LifeAnswer:
    """A model's answer."""
    windows = model.windows(held.rows)
    return LifeAnswer(model.remaining_point(held.rows), windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy())


def ask_life_rules(
    history: pd.DataFrame, held: HeldLives, learnt_until: datetime, recipe: Recipe
) -> dict[str, LifeAnswer]:
    """Each naive rule's answer. `history`: weighted rows before the held-out ones, known as of `learnt_until`."""
    fleet, cap = recipe.fleet, held.truth.cap
    if LIFE_LOW not in history:
        return {}
    known = thinned(known_at(history, learnt_until, cap, fleet), MOST_HISTORY)
    truth, lives = truth_of(known, cap), life_numbers(known)
    if not truth.ended.any():
        return {}
    stated = Stated(recipe.training.remaining_coverage, fleet.remaining_step)
    answers = {}
    for name, rule in LIFE_RULES.items():
        seen, point = rule(known, known, fleet, cap), rule(known, held.rows, fleet, cap)
        spread = np.ones(len(known))
        table = fit_windows(seen, spread, truth, known[WEIGHT].to_numpy(), lives, stated)
        windows = table.of(point, np.ones(len(point)))
        answers[name] = LifeAnswer(point, windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy())
    return answers


def remaining_board(held: HeldLives, answers: Mapping[str, LifeAnswer]) -> pd.DataFrame:
    """One row a contender. Hours, but for shares; NASA's score counts days."""
    rows = []
    for name, answer in answers.items():
        truth, told = held.truth, ~np.isnan(answer.low)
        rows.append({
            "contender": name,
            "rows": len(told),
            "failures": len(np.unique(held.lives[truth.ended])),
            "windows": int(told.sum()),
            "coverage": coverage(truth, answer.low, answer.high, held.weights),
            "width": median_width(answer.low, answer.high),
            "failed_without_window": float((truth.ended & ~told).sum() / max(int(truth.ended.sum()), 1)),
            "concordance": concordance(truth, answer.point),
            "rmse": rmse(truth, answer.point, held.weights),
            "alpha_lambda": alpha_lambda(truth, answer.point),
            "nasa_score": nasa_score(truth, answer.point, NASA_UNIT_HOURS),
        })  # fmt: skip
    return pd.DataFrame(rows)


def errors_by_life(held: HeldLives, answers: Mapping[str, LifeAnswer]) -> pd.DataFrame:
    """Mean absolute error in hours by remaining life, a row a part of it and a column a contender."""
    tables = {name: error_by_life(held.truth, answer.point) for name, answer in answers.items()}
    first = next(iter(tables.values()))[["from_hours", "to_hours", "rows"]]
    return first.assign(**{name: table["error"] for name, table in tables.items()})


def window_lie(held: HeldLives, answer: LifeAnswer, stated: float, limits: PromotionSettings, recipe: Recipe) -> str:
    """A sentence where the windows hold fewer ends than they state, beyond the noise; else nothing.

    Fewer: by more than WINDOW_SHORTFALL in `limits.confidence` of the draws of machines. Of fewer than FEW_ENDS
    failures among the windows nothing is said.
    """
    told = inside(held.truth, answer.low, answer.high)
    counted = ~np.isnan(told) & (held.weights > 0)
    ends = len(np.unique(held.lives[counted & held.truth.ended]))
    if ends < FEW_ENDS:
        return ""
    share = coverage(held.truth, answer.low, answer.high, held.weights)
    draws = machine_weights(held.rows["machine_id"], recipe.evaluation.resamples, recipe.training.seed)
    weights = draws[counted] * held.weights[counted][:, None]
    drawn = (weights * told[counted][:, None]).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-12)
    least = stated - WINDOW_SHORTFALL
    below = float(np.mean(drawn < least))
    if share >= least or below < limits.confidence:
        return ""
    return (
        f"Its windows of remaining time do not hold what they say: {rate(share, gap='')} of the ends lie inside, "
        f"{rate(stated, gap='')} are stated, and {rate(below, gap='')} of the draws of machines lie below "
        f"{rate(least, gap='')} ({ends} failures)."
    )
