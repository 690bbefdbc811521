from typing import cast

import numpy as np
import pytest
from catboost import CatBoost, Pool
from hypothesis import given
from hypothesis import strategies as st

from ml.arrays import Floats
from ml.models.remaining import LOG_MEAN, MEAN, as_learnt, centres


class Says:
    """In a booster's place: it says `raw`, whatever it is asked."""

    def __init__(self, raw: Floats) -> None:
        self.raw = raw

    def predict(self, _pool: Pool, **_how: object) -> Floats:
        return self.raw


def read(raw: Floats, kind: str, cap: float) -> Floats:
    return centres(cast(CatBoost, Says(raw)), kind, cast(Pool, None), cap, 1)[0]


@given(st.sampled_from([MEAN, LOG_MEAN]), st.floats(1, 10_000), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_what_is_learnt_is_read_back_in_hours(kind: str, cap: float, parts: list[float]) -> None:
    lives = np.array(parts) * cap
    np.testing.assert_allclose(read(as_learnt(lives, kind, cap), kind, cap), lives, rtol=1e-9, atol=1e-9 * cap)


@pytest.mark.parametrize("kind", [MEAN, LOG_MEAN])
def test_no_answer_lies_outside_the_cap(kind: str) -> None:
    assert read(np.array([-5.0, 1e4]), kind, 100.0).tolist() == [0, 100]


def test_by_the_logarithm_an_error_of_an_hour_weighs_more_the_less_is_left() -> None:
    soon, late = (float(np.diff(as_learnt(np.array(lives), LOG_MEAN, 168.0))[0]) for lives in ([1, 2], [100, 101]))
    assert soon > 5 * late > 0
