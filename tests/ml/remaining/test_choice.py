from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml.metrics.remaining_metrics import Truth
from ml.models.remaining import LOG_MEAN
from ml.models.windows import LOW_END, REMAINING, Stated
from ml.remaining.answers import Answers, windows_by_others
from ml.remaining.choice import LifeChoice, choose, figures_of
from ml.remaining.folds import BOOSTERS, FoldDone, FoldJob, LifeFold, LifeLearner, mean_in_folds, singles
from ml.remaining.targets import known_at
from settings import Settings, TrainingSettings
from tests.ml.remaining.wear import COLUMNS, START, wear

CAP = 168.0


@pytest.fixture(scope="module")
def training(settings: Settings) -> TrainingSettings:
    return settings.workspace.training.model_copy(update={"bags": 1, "outage_share": 0.0, "iterations": 60})


def one_by_one(work: Callable[[FoldJob], FoldDone], jobs: Iterable[FoldJob]) -> list[FoldDone]:
    return list(map(work, jobs))


def choice_of(found: list[LifeFold], settings: Settings, training: TrainingSettings) -> LifeChoice:
    return choose(found, LifeLearner(COLUMNS, CAP, settings.fleet, training), one_by_one)


def folds(settings: Settings, machines: int) -> list[LifeFold]:
    return folds_of(wear(machines), settings)


def folds_of(rows: pd.DataFrame, settings: Settings) -> list[LifeFold]:
    end = START + timedelta(days=120)
    found = []
    for day in (50, 75):
        start, stop = START + timedelta(days=day), START + timedelta(days=day + 25)
        before = known_at(rows[rows["as_of"] <= start - timedelta(days=1)], start, CAP, settings.fleet)
        inside = rows[(rows["as_of"] > start) & (rows["as_of"] <= stop)]
        found.append(LifeFold(before, known_at(inside, end, CAP, settings.fleet)))
    return found


def test_the_folds_choose_and_their_windows_hold(settings: Settings, training: TrainingSettings) -> None:
    choice = choice_of(folds(settings, 30), settings, training)
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
    choice = choice_of(folds(settings, 30), settings, asked)
    assert set(choice.figures) == {LOG_MEAN}
    assert choice.candidate is not None
    assert choice.candidate.kind == LOG_MEAN
    assert 0.7 < choice.figures[LOG_MEAN]["coverage"] < 0.95
    assert choice.figures[LOG_MEAN]["rmse"] < 40


def test_too_few_failures_make_no_window(settings: Settings, training: TrainingSettings) -> None:
    one = folds(settings, 2)[:1]
    choice = choice_of(one, settings, training)
    assert choice.candidate is None
    assert choice.windows is None
    assert "within the folds can be timed, and 5 are needed" in choice.reason


def test_windows_of_a_fold_know_nothing_of_its_own_lives() -> None:
    early, late = (windows_by_others(answers_off_by(off), Stated(0.8)) for off in (-20.0, 30.0))
    told = np.arange(120) >= 60  # of the fold whose lives came otherwise
    assert early[told].equals(late[told])
    assert list(early) == list(REMAINING)
    moved = (late[LOW_END] - early[LOW_END])[~told]
    assert moved.notna().all()
    assert (moved > 20).mean() > 0.8  # the other fold's windows come from those lives


def test_windows_are_made_of_what_answers_the_mean_of_the_boosters(
    settings: Settings, training: TrainingSettings
) -> None:
    asked = training.model_copy(update={"remaining_candidates": (LOG_MEAN,)})
    found, learner = folds(settings, 30), LifeLearner(COLUMNS, CAP, settings.fleet, asked)
    choice = choose(found, learner, one_by_one)
    assert choice.windows is not None
    assert choice.answers is not None
    assert choice.answers.windows(Stated(0.8, settings.fleet.remaining_step)) == choice.windows
    assert choice.windows.step == 1
    each = [singles(found, replace(learner, training=asked.model_copy(update={"seed": asked.seed + place})), one_by_one)
            for place in range(BOOSTERS)]  # fmt: skip
    lone = [one[LOG_MEAN].answers for one in each]
    hours = [np.log1p(one.centre / (0.1 * CAP)) for one in lone]  # as it learns them
    assert np.expm1(np.mean(hours, axis=0)) * 0.1 * CAP == pytest.approx(choice.answers.centre, rel=0.01)
    assert choice.told["rmse"] < choice.figures[LOG_MEAN]["rmse"]
    assert choice.figures[LOG_MEAN]["pinball"] != choice.told["pinball"]


def test_windows_are_held_to_the_rows_of_the_scoring_hour(settings: Settings, training: TrainingSettings) -> None:
    """Of a tenth of the machines the reading is vague, and these alone are seen at 06:00, when nights are scored."""
    seen = wear(30).assign(as_of=lambda rows: rows["as_of"] + timedelta(hours=3))
    vague = wear(6, noise=60.0, seed=8).assign(machine_id=lambda rows: "v" + rows["machine_id"])
    asked = training.model_copy(update={"remaining_candidates": (LOG_MEAN,)})
    rows = pd.concat([seen, vague], ignore_index=True)
    choice = choice_of(folds_of(rows, settings), settings, asked)
    assert choice.windows is not None
    assert choice.answers is not None
    assert 0 < choice.answers.asked.mean() < 0.3
    assert choice.windows.widened > 1
    stated = Stated(0.8, settings.fleet.remaining_step)
    assert choice.told == figures_of(choice.answers, stated, choice.windows.widened)


def test_a_fold_that_could_learn_nothing_says_nothing(settings: Settings, training: TrainingSettings) -> None:
    asked = training.model_copy(update={"remaining_candidates": (LOG_MEAN,), "iterations": 5})
    first, second = folds(settings, 10)
    empty = LifeFold(first.before.iloc[:0], first.judged)
    learner = LifeLearner(COLUMNS, CAP, settings.fleet, asked)
    single = singles([empty, second], learner, one_by_one)[LOG_MEAN]
    assert single.boosters[0] is None
    means = mean_in_folds(single, [empty, second], learner, one_by_one)
    assert set(single.answers.fold) == set(means.fold) == {1}
    assert len(means.centre) == len(second.judged)


def answers_off_by(hours: float) -> Answers:
    """Two folds of 60 lives each; in the second all lives lie `hours` beyond what was answered, in the first none."""
    centre = np.tile(np.linspace(30, 120, 60), 2)
    fold = np.repeat([0, 1], 60)
    life = centre + np.where(fold == 1, hours, 0.0)
    return Answers(centre, np.ones(120), Truth(life, life, CAP), np.ones(120), np.ones(120, dtype=bool),
                   np.arange(120), fold, np.ones(120, dtype=bool))  # fmt: skip
