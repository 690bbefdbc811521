from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pytest

from ml.metrics.remaining_metrics import Truth
from ml.models.remaining import LOG_MEAN
from ml.models.windows import LOW_END, REMAINING
from ml.remaining.choice import Answers, LifeFold, choose, windows_by_others
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
    assert set(choice.figures) == set(training.remaining_candidates)
    best = min(choice.figures, key=lambda kind: choice.figures[kind]["pinball"])
    assert choice.candidate.kind == best
    assert choice.reason.startswith(f"{best} fits")
    for figures in choice.figures.values():
        assert 0.7 < figures["coverage"] < 0.95
        assert figures["rmse"] < 40
        assert np.isfinite(figures["width"])


def test_only_what_the_settings_name_is_tried(settings: Settings, training: TrainingSettings) -> None:
    asked = training.model_copy(update={"remaining_candidates": (LOG_MEAN,)})
    choice = choose(folds(settings, 30), COLUMNS, CAP, settings.fleet, asked, one_by_one)
    assert set(choice.figures) == {LOG_MEAN}
    assert choice.candidate is not None
    assert choice.candidate.kind == LOG_MEAN
    assert 0.7 < choice.figures[LOG_MEAN]["coverage"] < 0.95
    assert choice.figures[LOG_MEAN]["rmse"] < 40


def test_too_few_failures_make_no_window(settings: Settings, training: TrainingSettings) -> None:
    one = folds(settings, 2)[:1]
    choice = choose(one, COLUMNS, CAP, settings.fleet, training, one_by_one)
    assert choice.candidate is None
    assert choice.windows is None
    assert "within the folds can be timed, and 5 are needed" in choice.reason


def test_windows_of_a_fold_know_nothing_of_its_own_lives() -> None:
    early, late = (windows_by_others(answers_off_by(off), 0.8) for off in (-20.0, 30.0))
    told = np.arange(120) >= 60  # of the fold whose lives came otherwise
    assert early[told].equals(late[told])
    assert list(early) == list(REMAINING)
    moved = (late[LOW_END] - early[LOW_END])[~told]
    assert moved.notna().all()
    assert (moved > 20).mean() > 0.8  # the other fold's windows come from those lives


def answers_off_by(hours: float) -> Answers:
    """Two folds of 60 lives each; in the second all lives lie `hours` beyond what was answered, in the first none."""
    centre = np.tile(np.linspace(30, 120, 60), 2)
    fold = np.repeat([0, 1], 60)
    life = centre + np.where(fold == 1, hours, 0.0)
    return Answers(centre, np.ones(120), Truth(life, life, CAP), np.ones(120), np.ones(120, dtype=bool),
                   np.arange(120), fold)  # fmt: skip
