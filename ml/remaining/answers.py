"""What a booster said of rows, what came of them, and the windows that follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from catboost import CatBoost
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.columns import WEIGHT, MartColumns
from ml.metrics.remaining_metrics import Truth
from ml.models.remaining import centres
from ml.models.windows import LifeWindows, Stated
from ml.remaining.candidates import pool_of
from ml.remaining.targets import SETTLED, life_numbers, truth_of
from ml.remaining.widening import fit_windows

LEAST_ENDS = 5  # failures within the folds, of whose remaining time something is known; fewer make no window


@dataclass(frozen=True)
class Answers:
    """Centres and spreads that a candidate gave to rows, what came of these, how they count, and whose life each is.

    All of shape (n,). `fold` numbers the fold of each.
    """

    centre: Floats
    spread: Floats
    truth: Truth
    weights: Floats
    settled: NDArray[np.bool_]
    lives: NDArray[np.int64]
    fold: NDArray[np.int64]

    @property
    def failures(self) -> int:
        """How many of them are seen within the cap."""
        return len(np.unique(self.lives[self.truth.ended]))

    def of(self, rows: NDArray[np.bool_]) -> "Answers":
        """The same for some rows."""
        return Answers(self.centre[rows], self.spread[rows], self.truth.at(rows), self.weights[rows],
                       self.settled[rows], self.lives[rows], self.fold[rows])  # fmt: skip

    def windows(self, stated: Stated) -> LifeWindows:
        """The table that these rows make, so that it holds what is stated."""
        return fit_windows(self.centre, self.spread, self.truth, self.weights, self.lives, stated)


def ask(booster: CatBoost, kind: str, judged: pd.DataFrame, columns: MartColumns, cap: float, fold: int = 0) -> Answers:
    """What a booster says of rows of `known_at`."""
    centre, spread = centres(booster, kind, pool_of(judged, columns), cap, threads=1)
    return Answers(centre, spread, truth_of(judged, cap), judged[WEIGHT].to_numpy(dtype="float64"),
                   judged[SETTLED].to_numpy(dtype=bool), life_numbers(judged), np.full(len(judged), fold))  # fmt: skip


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers of several folds as one, in their order."""

    def all_of(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(one, name) for one in parts])

    low, high = (np.concatenate([getattr(one.truth, end) for one in parts]) for end in ("low", "high"))
    truth, lives = Truth(low, high, parts[0].truth.cap), all_of("lives").astype(np.int64)
    return Answers(all_of("centre"), all_of("spread"), truth, all_of("weights"), all_of("settled").astype(bool),
                   lives, all_of("fold").astype(np.int64))  # fmt: skip


def windows_by_others(answers: Answers, stated: Stated) -> pd.DataFrame:
    """The windows of each row, those of a fold by the table that the others make; the columns REMAINING, in order."""
    return pd.concat([_by_others(answers, int(fold), stated) for fold in np.unique(answers.fold)]).sort_index()


def _by_others(answers: Answers, fold: int, stated: Stated) -> pd.DataFrame:
    mine = answers.fold == fold
    others = answers.of(~mine)
    table = (others if others.failures >= LEAST_ENDS else answers).windows(stated)
    return table.of(answers.centre[mine], answers.spread[mine]).set_axis(np.flatnonzero(mine))
