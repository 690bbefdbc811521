"""What a model looks at: a drawn sample must speak for all rows."""

import numpy as np
import pandas as pd
import pytest

from ml.evaluation import feature_importance as subjects
from ml.evaluation.contenders import ask_model
from ml.evaluation.feature_importance import Subject, subjects_seen
from ml.evaluation.leaderboard import HeldOut
from ml.evaluation.scenarios import GRID
from ml.explain.contributions import contributions
from ml.training.recipe import Recipe
from ml.training.train import Trained


def test_subjects_are_weighed_back_to_all_rows(
    trained: Trained, mart: pd.DataFrame, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = mart[mart["as_of"] > trained.split.holdout_start].reset_index(drop=True)
    held_out = HeldOut(GRID, rows, pd.DataFrame(columns=["machine_id", "component", "failed_at"]), recipe)
    answer = ask_model(trained.model, rows)
    assert 0 < answer.alerts.sum() < len(rows) / 2

    def seen(at_most: int) -> list[Subject]:
        monkeypatch.setattr(subjects, "EXPLAINED_ROWS", at_most)
        return subjects_seen(trained.model, held_out, answer)

    everything = seen(2 * len(rows))
    told = contributions(trained.model, rows, recipe.fleet)
    sizes = np.array([sum(abs(item.weight) for item in row if item.subject == everything[0].name) for row in told])
    assert everything[0].everywhere == pytest.approx(sizes.mean())
    assert everything[0].alerted == pytest.approx(sizes[answer.alerts].mean())
    some = seen(300)
    assert some == seen(300)
    assert some[0].everywhere == pytest.approx(sizes.mean(), rel=0.15)
