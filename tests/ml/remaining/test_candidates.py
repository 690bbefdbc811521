from typing import get_args

import numpy as np
import pandas as pd
import pytest

from ml.mart.columns import WEIGHT, MartColumns
from ml.mart.lives import LIFE_HIGH, LIFE_LOW
from ml.models.remaining import LOG_MEAN, MEAN, REMAINING_KINDS, centres
from ml.remaining.candidates import LIFE_CANDIDATES, Candidate, fit, pool_of
from ml.remaining.targets import SETTLED
from settings import Settings
from settings.workspace import RemainingKind

CAP = 100.0
COLUMNS = MartColumns(("volt_mean_24h",), ("any", "comp1"), ("volt", "comp1"))


@pytest.mark.parametrize(("kind", "centre"), [(MEAN, 50.0), (LOG_MEAN, (np.sqrt(2 * 10) - 1) * 10)])
def test_of_like_rows_a_booster_says_the_mean_of_what_it_learns(settings: Settings, kind: str, centre: float) -> None:
    """Lives of 10 and 90 hours: by the logarithm, counted from a tenth of the cap, the short one weighs more."""
    training = settings.workspace.training.model_copy(update={"bags": 1, "outage_share": 0.0, "feature_share": 1.0})
    lives = np.concatenate([np.tile([10.0, 90.0], 100), np.full(100, CAP)])
    alike = np.repeat([0.0, 1.0], [200, 100])  # those that wear, and those that outlive the cap
    known = pd.DataFrame({
        "volt_mean_24h": alike, WEIGHT: 1.0, SETTLED: True, LIFE_LOW: lives,
        LIFE_HIGH: np.where(lives < CAP, lives, np.inf),
    })  # fmt: skip
    booster = fit(candidate(kind), known, COLUMNS, CAP, settings.fleet, training)
    assert booster is not None
    found, _ = centres(booster, kind, pool_of(known, COLUMNS), CAP, 1)
    assert found[0] == pytest.approx(centre, abs=1)
    assert found[-1] == pytest.approx(CAP, abs=1)


def test_settings_name_every_candidate_and_a_model_of_each_can_be_read() -> None:
    assert set(get_args(RemainingKind)) == {one.kind for one in LIFE_CANDIDATES} == set(REMAINING_KINDS)


def candidate(kind: str) -> Candidate:
    return next(one for one in LIFE_CANDIDATES if one.kind == kind)
