"""The evaluation as a step: what could not be judged is told."""

import logging
from types import SimpleNamespace
from unittest.mock import MagicMock

import pandas as pd
import pytest

from settings import Settings
from steps import evaluate as evaluate_step


def test_the_step_tells_the_notes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    result = SimpleNamespace(notes=("It could not be judged: 100 % dark.",), table=pd.DataFrame(), sensitivity=None,
                             version=None)  # fmt: skip
    monkeypatch.setattr(evaluate_step, "evaluate", lambda *_: result)
    for name in ("registry", "open_warehouse", "replace_rows", "render_evaluation", "write_report", "mlflow_figures"):
        monkeypatch.setattr(evaluate_step, name, MagicMock())
    with caplog.at_level(logging.WARNING):
        evaluate_step.judge_leaderboard(settings, {})
    assert caplog.messages == ["It could not be judged: 100 % dark."]
