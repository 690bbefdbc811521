from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pytest

from ml.models.remaining import KINDS
from ml.remaining.choice import Answers, LifeFold, choose
from ml.remaining.targets import known_at
from settings import Settings, TrainingSettings
from tests.ml.remaining.wear import COLUMNS, START, wear

CAP = 168.0


@pytest.fixture(scope="module")
def training(settings: Settings) -> TrainingSettings:
    return settings.workspace.training.model_copy(update={"bags": 1, "outage_share": 0.0, "iterations": 60})


def one_by_one(work: Callable[[int], Answers | None], jobs: Sequence[int]) -> list[Answers | None]:
    return list(map(work, jobs))


def folds(settings: Settings, machines: int) -> list[LifeFold]:
    rows, end = wear(machines), START + timedelta(days=120)
    found = []
    for day in (50, 75):
        start, stop = START + timedelta(days=day), START + timedelta(days=day + 25)
        before = known_at(rows[rows["as_of"] <= start - timedelta(days=1)], start, CAP, settings.fleet)
        inside = rows[(rows["as_of"] > start) & (rows["as_of"] <= stop)]
        found.append(LifeFold(before, known_at(inside, end, CAP, settings.fleet)))
    return found


def test_the_folds_choose_and_their_windows_hold(settings: Settings, training: TrainingSettings) -> None:
    choice = choose(folds(settings, 30), COLUMNS, CAP, settings.fleet, training, one_by_one)
    assert choice.candidate is not None
    assert choice.windows is not None
    assert set(choice.figures) == set(KINDS)
    best = min(choice.figures, key=lambda kind: choice.figures[kind]["pinball"])
    assert choice.candidate.kind == best
    assert choice.reason.startswith(f"{best} fits")
    for figures in choice.figures.values():
        assert 0.7 < figures["coverage"] < 0.95
        assert figures["rmse"] < 40
        assert np.isfinite(figures["width"])


def test_too_few_failures_make_no_window(settings: Settings, training: TrainingSettings) -> None:
    one = folds(settings, 2)[:1]
    choice = choose(one, COLUMNS, CAP, settings.fleet, training, one_by_one)
    assert choice.candidate is None
    assert choice.windows is None
    assert "within the folds can be timed, and 5 are needed" in choice.reason
