"""Answers of a model and of rules, judged as an evaluation does."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from delivery.pages.evaluation.page import ANY_ERROR
from ml.evaluation.contenders import Answer, ask_model
from ml.evaluation.cost_sensitivity import cost_sensitivity
from ml.evaluation.decision import CHAMPION
from ml.evaluation.evaluate import EvaluationResult
from ml.evaluation.leaderboard import HeldOut, board
from ml.evaluation.logistic import LOGISTIC
from ml.evaluation.naive_rules import RULES
from ml.mart.columns import ANY, MartColumns
from ml.models.model import Model
from ml.models.version import ModelVersion
from settings import Fleet

Answers = dict[str, Answer]
HELD_OUT_FROM = pd.Timestamp("2025-02-10")
CUT = "without errors"


def answers_of(champion: Model, rows: pd.DataFrame, fleet: Fleet) -> Answers:
    answers = {CHAMPION: ask_model(champion, rows)}
    for name, rule in RULES.items():
        scores = rule(rows, fleet)
        answers[name] = Answer(scores, scores >= 1 if name == ANY_ERROR else np.zeros(len(rows), dtype=bool))
    chances = np.linspace(0, 0.2, len(rows))
    answers[LOGISTIC] = Answer(chances, chances > 0.19, pd.DataFrame({ANY: chances}, index=rows.index))
    return answers


def judged_as(
    champion: Model,
    columns: MartColumns,
    scenes: list[HeldOut],
    change: Callable[[Answers], Mapping[str, Answer]] = lambda answers: answers,
) -> EvaluationResult:
    """Everything judged in `scenes`, with the first scene's answers as the tuning nights."""
    judged = {scene.scenario: (scene, change(answers_of(champion, scene.rows, scene.recipe.fleet))) for scene in scenes}
    table = pd.concat([board(*found) for found in judged.values()], ignore_index=True)
    table.insert(2, "model_version", table["contender"].map({CHAMPION: "3"}))
    held_out, answers = judged[scenes[0].scenario]
    tuning = held_out.rows[["as_of"]].assign(failed=held_out.labels, probability=answers[CHAMPION].scores)
    sensitivity = cost_sensitivity(tuning, held_out, answers[CHAMPION])
    return EvaluationResult(champion, ModelVersion("nightshift", "3"), columns, table, sensitivity, judged)
