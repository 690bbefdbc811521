"""Arithmetic on parts of the rows, side by side, gives what it gives on all of them, to the bit."""

import numpy as np
import pytest

import ml.arrays
from ml.arrays import by_rows
from ml.models.risk_blend import blended
from ml.models.windows import LifeWindows

WINDOWS = LifeWindows(
    centres=(0.0, 100.0, 300.0),
    low=(-2.0, -1.0, None),
    alone=(-3.0, -2.0, -1.0),
    median=(0.5, 0.0, None),
    high=(2.0, None, None),
    coverage=0.8,
    cap=336.0,
)


@pytest.mark.parametrize("rows", [1, 6, 7, 100])
def test_parts_of_the_rows_give_what_all_of_them_give(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(rows)
    scores, components = drawn.normal(-3, 3, rows), np.asfortranarray(drawn.normal(-5, 3, (rows, 4)))
    centre, spread = drawn.uniform(0, 336, rows), drawn.uniform(1, 90, rows)
    blend, windows = blended(scores, components), WINDOWS.of(centre, spread)
    monkeypatch.setattr(ml.arrays, "ROWS_AT_ONCE", 7)
    assert by_rows(blended, scores, components).tobytes() == blend.tobytes()
    assert WINDOWS.of(centre, spread).to_numpy().tobytes() == windows.to_numpy().tobytes()
