"""What a booster said of rows, what came of them, and the windows that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from catboost import CatBoost
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.columns import WEIGHT, MartColumns
from ml.metrics.remaining_metrics import Truth
from ml.metrics.survival import known_weights
from ml.models.remaining import centres
from ml.models.windows import LifeWindows, Stated
from ml.remaining.candidates import pool_of
from ml.remaining.targets import SETTLED, life_numbers, truth_of
from ml.remaining.widening import fit_windows

LEAST_ENDS = 5  # failures within the folds, of whose remaining time something is known; fewer make no window


@dataclass(frozen=True)
class Answers:
    """Centres and spreads that a candidate gave to rows, what came of these, how they count, and whose life each is.

    All of shape (n,). `fold` numbers the fold of each, `asked` says which are rows of a night, at the hour of scoring.
    """

    centre: Floats
    spread: Floats
    truth: Truth
    weights: Floats
    settled: NDArray[np.bool_]
    lives: NDArray[np.int64]
    fold: NDArray[np.int64]
    asked: NDArray[np.bool_]

    @property
    def known_weights(self) -> Floats:
        """How much each counts where its life must be known: settled rows alone, others stood for; shape (n,)."""
        hours = np.where(self.truth.settled, self.truth.hours, self.truth.low)
        weights, settled = np.zeros(len(hours)), self.settled
        weights[settled] = known_weights(hours[settled], self.truth.settled[settled]) * self.weights[settled]
        return weights

    @property
    def failures(self) -> int:
        """How many of them are seen within the cap."""
        return len(np.unique(self.lives[self.truth.ended]))

    def of(self, rows: NDArray[np.bool_]) -> "Answers":
        """The same for some rows."""
        return Answers(self.centre[rows], self.spread[rows], self.truth.at(rows), self.weights[rows],
                       self.settled[rows], self.lives[rows], self.fold[rows], self.asked[rows])  # fmt: skip

    def windows(self, stated: Stated) -> LifeWindows:
        """The table that these rows make, so that it holds what is stated."""
        return fit_windows(self.centre, self.spread, self.truth, self.weights, self.lives, stated)


def ask(
    booster: CatBoost, kind: str, judged: pd.DataFrame, columns: MartColumns, cap: float, hour: int, fold: int = 0
) -> Answers:
    """What a booster says of rows of `known_at`; `hour` is that of scoring."""
    centre, spread = centres(booster, kind, pool_of(judged, columns), cap, threads=1)
    return Answers(centre, spread, truth_of(judged, cap), judged[WEIGHT].to_numpy(dtype="float64"),
                   judged[SETTLED].to_numpy(dtype=bool), life_numbers(judged), np.full(len(judged), fold),
                   (judged["as_of"].dt.hour == hour).to_numpy(dtype=bool))  # fmt: skip


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers of several folds as one, in their order."""

    def all_of(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(one, name) for one in parts])

    low, high = (np.concatenate([getattr(one.truth, end) for one in parts]) for end in ("low", "high"))
    truth, lives = Truth(low, high, parts[0].truth.cap), all_of("lives").astype(np.int64)
    return Answers(all_of("centre"), all_of("spread"), truth, all_of("weights"), all_of("settled").astype(bool),
                   lives, all_of("fold").astype(np.int64), all_of("asked").astype(bool))  # fmt: skip


def windows_by_others(answers: Answers, stated: Stated, widened: float = 1.0) -> pd.DataFrame:
    """The windows of each row, those of a fold by the table that the others make; the columns REMAINING, in order."""
    return laid_by(tables_of_others(answers, stated), answers, widened)


def tables_of_others(answers: Answers, stated: Stated) -> dict[int, LifeWindows]:
    """By fold the table that the others make, or all of them where these hold too few failures."""
    return {int(fold): _of_others(answers, answers.fold != fold, stated) for fold in np.unique(answers.fold)}


def laid_by(tables: Mapping[int, LifeWindows], answers: Answers, widened: float) -> pd.DataFrame:
    """The windows of each row by its fold's table, so much widened; the columns REMAINING, in order."""
    parts = [
        replace(tables[int(fold)], widened=widened)
        .of(answers.centre[mine], answers.spread[mine])
        .set_axis(np.flatnonzero(mine))
        for fold in np.unique(answers.fold)
        for mine in [answers.fold == fold]
    ]
    return pd.concat(parts).sort_index()


def _of_others(answers: Answers, others: NDArray[np.bool_], stated: Stated) -> LifeWindows:
    known = answers.of(others)
    return (known if known.failures >= LEAST_ENDS else answers).windows(stated)
