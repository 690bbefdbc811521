"""One machine's answer is the night's own, cell by cell."""

from datetime import datetime

import pandas as pd
import pytest

from ml.mart.columns import ANY
from ml.mart.silence import reading_counts
from ml.models.version import ModelVersion
from ml.scoring.contract import NORMAL, SILENT, probability_column
from ml.scoring.few_rows import no_readings, score_few
from ml.scoring.score import ELEVATED_SHARE, level_of, score
from ml.training.train import Trained
from settings import Settings


def test_every_machine_is_told_what_the_night_tells(trained: Trained, mart: pd.DataFrame, settings: Settings) -> None:
    night = mart[mart["as_of"] > mart["as_of"].max() - pd.Timedelta(days=9)].reset_index(drop=True).copy()
    counts = [name for name in reading_counts(settings.fleet, settings.workspace.scoring) if name in night]
    night.loc[3, counts] = 0.0
    told = score(night, trained.model, ModelVersion("nightshift", "1"), settings, datetime(2025, 3, 1))
    values = night[list(trained.model.card.features)].to_numpy(dtype=object).tolist()
    silent = [no_readings(row, settings) for row in night.to_dict("records")]
    answers = score_few(values, silent, trained.model, settings)
    assert {*told["risk_level"]} >= {"high", NORMAL, SILENT}
    for answer, (_, row) in zip(answers, told.iterrows(), strict=True):
        expected = {name: None if pd.isna(value) else value for name, value in row.items()}
        assert answer.failure_probability == expected[probability_column(ANY)]
        assert dict(answer.components) == {
            name: expected[probability_column(name)] for name in settings.fleet.components
        }
        assert answer.predicted_component == expected["predicted_component"]
        assert answer.alert == expected["alert"]
        assert answer.risk_level == expected["risk_level"]
        assert answer.recommended_action == expected["recommended_action"]


@pytest.mark.parametrize(
    ("probability", "level"),
    [(0.3, "high"), (0.2999, "elevated"), (0.3 * ELEVATED_SHARE, "elevated"), (0.0999, "normal"), (0.0, "normal")],
)
def test_a_level_begins_at_its_edge(probability: float, level: str) -> None:
    assert level_of(probability, 0.3) == level


def test_a_row_without_counts_is_not_called_silent(settings: Settings) -> None:
    counts = reading_counts(settings.fleet, settings.workspace.scoring)
    assert not no_readings({"volt_mean_24h": 1.0}, settings)
    assert no_readings({counts[0]: 0.0, counts[1]: None}, settings)
    assert not no_readings({counts[0]: 0.0, counts[1]: 2.0}, settings)
