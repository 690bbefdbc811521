"""What a training and its judging ask before they begin."""

from unittest.mock import MagicMock

import pytest

from ml.progress import untold
from ml.registry.aliases import NoChampion
from orchestration.assets import training
from settings import Settings
from steps import evaluate


def test_a_champion_that_cannot_be_judged_is_refused_before_a_mart_is_built_for_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = MagicMock()
    monkeypatch.setattr(training, "registry", MagicMock())
    monkeypatch.setattr(training, "scenario_marts", built)
    monkeypatch.setattr(evaluate, "registry", MagicMock())
    monkeypatch.setattr(evaluate, "_that_fit", MagicMock(side_effect=NoChampion("trained under other vars")))
    with pytest.raises(NoChampion, match="other vars"):
        training.leaderboard(workspace=settings, dbt=MagicMock(), progress=untold)
    assert not built.called
