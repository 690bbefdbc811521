"""Each candidate in the folds, and the chosen one as a night asks it: the mean of its boosters.

One booster tells the candidates apart as well as the mean does, for a third of the price. What windows are made of is
the mean's: it lies nearer to what comes, and a table made of single boosters would be too wide for it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pandas as pd
from catboost import CatBoost

from ml.mart.columns import MartColumns
from ml.models.boosters import merged
from ml.remaining.answers import Answers, ask, joined
from ml.remaining.candidates import LIFE_CANDIDATES, Candidate, fit
from settings import Fleet, TrainingSettings

BOOSTERS = 3  # of other seeds, whose mean answers: steadier than any one of them
FoldJob = TypeVar("FoldJob")
FoldDone = TypeVar("FoldDone")


@dataclass(frozen=True)
class LifeFold:
    """Rows of `known_at`: `before`, as the fold's beginning knew them, and `judged`, as the end of training does."""

    before: pd.DataFrame
    judged: pd.DataFrame


class SideBySide(Protocol):
    """What `ml.training.cross_fit.side_by_side` does with a number of threads."""

    def __call__(self, work: Callable[[FoldJob], FoldDone], jobs: Iterable[FoldJob], /) -> list[FoldDone]:
        """What `work` makes of each job, in their order."""
        ...


@dataclass(frozen=True)
class LifeLearner:
    """What every booster of the remaining time is fitted with; `cap` in hours."""

    columns: MartColumns
    cap: float
    fleet: Fleet
    training: TrainingSettings

    def fit(self, candidate: Candidate, known: pd.DataFrame, place: int = 0) -> CatBoost | None:
        """As `ml.remaining.candidates.fit`; `place` counts the boosters of a mean, each of a seed of its own."""
        own = self.training.model_copy(update={"seed": self.training.seed + place})
        return fit(candidate, known, self.columns, self.cap, self.fleet, own)


@dataclass(frozen=True)
class InFolds:
    """A candidate's booster before each fold, None where nothing could be learnt, and what these say of all folds."""

    candidate: Candidate
    boosters: tuple[CatBoost | None, ...]
    answers: Answers


def singles(folds: Sequence[LifeFold], learner: LifeLearner, side_by_side: SideBySide) -> dict[str, InFolds]:
    """Each candidate of the settings by one booster a fold, by its kind; those that learnt nothing are left out."""
    asked = [one for one in LIFE_CANDIDATES if one.kind in learner.training.remaining_candidates]
    jobs = [(candidate, fold) for candidate in asked for fold in folds]
    found = iter(side_by_side(lambda job: _before(job[1], job[0], learner), jobs))
    fitted = {candidate: [next(found) for _ in folds] for candidate in asked}
    said = {candidate: _said(candidate, boosters, folds, learner) for candidate, boosters in fitted.items()}
    return {
        candidate.kind: InFolds(candidate, tuple(fitted[candidate]), answers)
        for candidate, answers in said.items()
        if answers is not None
    }


def mean_in_folds(
    single: InFolds, folds: Sequence[LifeFold], learner: LifeLearner, side_by_side: SideBySide
) -> Answers:
    """What the mean of BOOSTERS, the candidate's single one among them, says of the rows of all folds."""
    jobs = [(fold, place) for fold in folds for place in range(1, BOOSTERS)]
    found = iter(side_by_side(lambda job: _before(job[0], single.candidate, learner, job[1]), jobs))
    bags = [[first, *(next(found) for _ in range(1, BOOSTERS))] for first in single.boosters]
    said = _said(single.candidate, [_mean(bag) for bag in bags], folds, learner)
    return single.answers if said is None else said


def fit_mean(
    candidate: Candidate, known: pd.DataFrame, learner: LifeLearner, side_by_side: SideBySide
) -> CatBoost | None:
    """BOOSTERS on rows of `known_at` as one; None where there is nothing to learn."""
    return _mean(side_by_side(lambda place: learner.fit(candidate, known, place), range(BOOSTERS)))


def _mean(bag: Sequence[CatBoost | None]) -> CatBoost | None:
    fitted = [booster for booster in bag if booster is not None]
    return merged(fitted) if fitted else None


def _before(fold: LifeFold, candidate: Candidate, learner: LifeLearner, place: int = 0) -> CatBoost | None:
    return learner.fit(candidate, fold.before, place) if len(fold.judged) else None


def _said(
    candidate: Candidate, boosters: Sequence[CatBoost | None], folds: Sequence[LifeFold], learner: LifeLearner
) -> Answers | None:
    parts = [
        ask(booster, candidate.kind, fold.judged, learner.columns, learner.cap, learner.fleet.scoring_hour, place)
        for place, (booster, fold) in enumerate(zip(boosters, folds, strict=True))
        if booster is not None
    ]
    return joined(parts) if parts else None
