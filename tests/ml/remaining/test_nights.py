from dataclasses import replace

import numpy as np
import pytest

from ml.metrics.remaining_metrics import Truth, inside
from ml.models.windows import HIGH_END, LOW_END, Stated
from ml.remaining.answers import Answers, windows_by_others
from ml.remaining.nights import MOST, WIDENINGS, widened_for_nights
from ml.remaining.widening import left_out

STATED = Stated(0.8, 1.0)


def answers(night_scatter: float) -> Answers:
    """Two folds of lives that scatter by 5 hours about what was answered, but on nights, an eighth, by other hours."""
    rng = np.random.default_rng(7)
    centre, asked = rng.uniform(40, 90, 480), np.arange(480) % 8 == 0
    life = centre + rng.normal(size=480) * np.where(asked, night_scatter, 5.0)
    return Answers(centre, np.ones(480), Truth(life, life, 168.0), np.ones(480), np.ones(480, dtype=bool),
                   np.arange(480), np.arange(480) // 240, asked)  # fmt: skip


def missed_on_nights(found: Answers, widened: float) -> float:
    windows = windows_by_others(found, STATED, widened)
    held = inside(found.truth, windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy())
    return float(1 - held[found.asked & windows[HIGH_END].notna().to_numpy()].mean())


@pytest.mark.parametrize(("night_scatter", "moved"), [(2.0, False), (7.0, True), (9.0, True)])
def test_windows_are_widened_no_more_than_nights_need(night_scatter: float, moved: bool) -> None:
    """Each on its own: the next failure counted in, a fifth is left out at most by the least that does so."""
    found = answers(night_scatter)
    holding = [one for one in WIDENINGS if missed_on_nights(found, one) <= left_out(0.2, int(found.asked.sum()))]
    assert widened_for_nights(found, STATED) == holding[0]
    assert (holding[0] > 1) == moved


def test_windows_are_widened_so_far_and_no_farther() -> None:
    assert WIDENINGS[0] == 1
    assert widened_for_nights(answers(60.0), STATED) == MOST == WIDENINGS[-1] == 2


def test_without_nights_or_with_nothing_else_windows_stay_as_they_are() -> None:
    found = answers(60.0)
    for asked in (np.zeros(480, dtype=bool), np.ones(480, dtype=bool), found.asked & (np.arange(480) < 32)):
        assert widened_for_nights(replace(found, asked=asked), STATED) == 1
