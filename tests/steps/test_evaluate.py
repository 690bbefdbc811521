"""The evaluation as a step: what could not be judged is told."""

import logging
from types import SimpleNamespace
from unittest.mock import MagicMock

import pandas as pd
import pytest

from ml.registry.aliases import NoChampion
from settings import Settings
from steps import evaluate as evaluate_step


def test_the_step_tells_the_notes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    result = SimpleNamespace(notes=("It could not be judged: 100 % dark.",), table=pd.DataFrame(), sensitivity=None,
                             version=None)  # fmt: skip
    monkeypatch.setattr(evaluate_step, "evaluate", lambda *_: result)
    monkeypatch.setattr(evaluate_step, "_that_fit", lambda *_: ((MagicMock(), MagicMock()), None))
    for name in ("registry", "open_warehouse", "replace_rows", "render_evaluation", "write_report", "mlflow_figures"):
        monkeypatch.setattr(evaluate_step, name, MagicMock())
    with caplog.at_level(logging.WARNING):
        evaluate_step.judge_leaderboard(settings, {})
    assert caplog.messages == ["It could not be judged: 100 % dark."]


def test_a_champion_of_other_vars_is_a_sentence_and_such_a_challenger_is_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = settings.fleet
    fits, odd = (
        (SimpleNamespace(card=SimpleNamespace(features=("age",), targets=fleet.components, horizon_hours=hours)),
         SimpleNamespace(version="1"))
        for hours in (fleet.horizon_hours, 99)
    )  # fmt: skip
    models = MagicMock()
    for name in ("open_warehouse", "replace_rows", "render_evaluation", "write_report", "mlflow_figures"):
        monkeypatch.setattr(evaluate_step, name, MagicMock())
    monkeypatch.setattr(evaluate_step, "registry", lambda _: models)
    monkeypatch.setattr(evaluate_step, "_with_folds_of", lambda *_: settings)
    monkeypatch.setattr(evaluate_step, "column_names", lambda *_: {"age"})
    evaluated = MagicMock(return_value=MagicMock(notes=()))
    monkeypatch.setattr(evaluate_step, "evaluate", evaluated)
    models.champion.return_value, models.find_challenger.return_value = fits, odd
    evaluate_step.judge_leaderboard(settings, {})
    assert evaluated.call_args.args[:2] == (fits, None)
    models.champion.return_value = odd
    with pytest.raises(NoChampion, match="a horizon of 99 h"):
        evaluate_step.judge_leaderboard(settings, {})
