"""The horizons beyond the first on the leaderboard: what the models say of each, on the held-out rows as they are."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from ml.evaluation.contenders import Answer
from ml.evaluation.decision import CHALLENGER, CHAMPION
from ml.evaluation.leaderboard import HeldOut, JudgedRows
from ml.evaluation.naive_rules import RULES
from ml.evaluation.scenarios import CONFIGURED, GRID
from ml.mart.columns import ANY, label


def within(hours: int, scenario: str = CONFIGURED) -> str:
    """What the leaderboard calls it: `within 48 h`, and `within 48 h, whole grid`."""
    return f"within {hours} h" if scenario == CONFIGURED else f"within {hours} h, {scenario}"


def by_first(hours: int) -> str:
    """What it calls the champion's probability for its own first horizon, asked of a farther one."""
    return f"{CHAMPION}, by its {hours} h"


def horizon_scenarios(
    judged: Mapping[str, tuple[HeldOut, Mapping[str, Answer]]], further: pd.DataFrame
) -> dict[str, JudgedRows]:
    """For each further horizon the nights and the grid with its labels, and every answer of who looks so far.

    `judged`: the scenarios as configured, in whose rows' index `further` has a column of labels a horizon. Alerts are
    those of the first horizon: what they come to within the farther one is counted. A horizon that no model has
    learnt, or of which no row's outcome is known, is left out.
    """
    found: dict[str, JudgedRows] = {}
    for hours in map(int, further.columns):
        for name in (CONFIGURED, GRID):
            held_out, answers = judged[name]
            outcomes = further.loc[held_out.rows.index, hours]
            models = {who: answers[who].within(hours) for who in (CHAMPION, CHALLENGER) if who in answers}
            told = {who: answer for who, answer in models.items() if answer is not None}
            if told and outcomes.notna().any():
                # It ranks, and is no probability of this horizon.
                first = replace(answers[CHAMPION], probabilities=None)
                told[by_first(held_out.recipe.fleet.horizon_hours)] = first
                told |= {who: answer for who, answer in answers.items() if who in RULES}
                found[within(hours, name)] = _known_alone(held_out, told, outcomes, hours, within(hours, name))
    return found


def _known_alone(
    held_out: HeldOut, answers: Mapping[str, Answer], outcomes: "pd.Series[float]", hours: int, scenario: str
) -> JudgedRows:
    known = outcomes.notna().to_numpy()
    rows = held_out.rows[known].assign(**{label(ANY): outcomes[known]})
    recipe = replace(held_out.recipe, fleet=held_out.recipe.fleet.with_horizon(hours))
    farther = HeldOut(scenario, rows, held_out.failures, recipe)
    return farther, {who: answer.of(known) for who, answer in answers.items()}
