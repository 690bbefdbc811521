"""Few rows are answered as many are, bit for bit, whatever is missing in them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.models.calibration import Calibrator
from ml.models.few_rows import FeatureValue, answer_few
from ml.models.model import Model
from ml.models.remaining import LOG_MEAN, MEAN, SURVIVAL, RemainingCard
from ml.models.windows import REMAINING, LifeWindows
from ml.training.train import Trained

FURTHER = {48: Calibrator(1.1, 0.2), 72: Calibrator(0.1, -5.0)}  # the second would fall below the first


@pytest.fixture(params=[None, SURVIVAL, MEAN, LOG_MEAN])
def model(trained: Trained, request: pytest.FixtureRequest) -> Model:
    """With further horizons and, where asked, a remaining time; all by the booster of any failure."""
    booster = trained.model.boosters["any"]
    windows = LifeWindows((0.0, 50.0), (-1.0, -9.0), (0.0, 0.0), (1.0, None), (5.0, 30.0), 0.8, 168.0)
    remaining = RemainingCard(request.param, windows) if request.param else None
    card = replace(trained.model.card, further=FURTHER, remaining=remaining)
    return replace(
        trained.model, card=card, further=dict.fromkeys(FURTHER, booster), remaining=booster if remaining else None
    )


def rows_of(frame: pd.DataFrame, features: Sequence[str]) -> list[list[FeatureValue]]:
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame[list(features)].to_numpy(dtype=object)]


@pytest.mark.parametrize("count", [1, 40])
def test_few_rows_are_answered_as_many_are(model: Model, mart: pd.DataFrame, count: int) -> None:
    frame = mart.tail(count).reset_index(drop=True).copy()
    frame.loc[0, ["model", "volt_mean_24h"]] = None
    few = answer_few(model, rows_of(frame, model.card.features))
    targets, further, when = model.all_answers(frame)
    for name, of in few.targets.items():
        np.testing.assert_array_equal(of, targets[name].to_numpy())
    for hours, of in few.further.items():
        np.testing.assert_array_equal(of, further[hours].to_numpy())
    for name in REMAINING:
        np.testing.assert_array_equal(few.remaining[name], when[name].to_numpy())
    assert set(few.targets) == set(targets)
    assert set(few.further) == set(FURTHER)


def test_without_trees_of_components_the_blend_is_left_out(trained: Trained, mart: pd.DataFrame) -> None:
    card = replace(trained.model.card, learned=("any",))
    model = replace(trained.model, card=card, boosters={"any": trained.model.boosters["any"]})
    few = answer_few(model, rows_of(mart.tail(3), card.features))
    expected = model.probabilities(mart.tail(3))
    for name, of in few.targets.items():
        np.testing.assert_array_equal(of, expected[name].to_numpy())
