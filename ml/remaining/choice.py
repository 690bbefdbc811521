"""Which candidate answers when: the folds say, and from what came of their rows the windows are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from catboost import CatBoost
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.columns import WEIGHT, MartColumns
from ml.mart.lives import LIFE_HIGH
from ml.metrics.remaining_metrics import Truth, coverage, median_width, pinball, rmse
from ml.metrics.survival import known_weights
from ml.models.remaining import centres
from ml.models.windows import HIGH_END, LOW_END, MEDIAN, LifeWindows
from ml.remaining.candidates import LIFE_CANDIDATES, Candidate, fit, levels, pool_of
from ml.remaining.targets import SETTLED, truth_of
from ml.remaining.widening import fit_windows
from ml.wording import counted
from settings import Fleet, TrainingSettings

LEAST_ENDS = 5  # failures within the folds, of whose remaining time something is known; fewer make no window


@dataclass(frozen=True)
class LifeFold:
    """Rows of `known_at`: `before`, as the fold's beginning knew them, and `judged`, as the end of training does."""

    before: pd.DataFrame
    judged: pd.DataFrame


@dataclass(frozen=True)
class LifeChoice:
    """What the folds chose: a candidate and its windows, or none, and why; each candidate's figures by name."""

    candidate: Candidate | None
    windows: LifeWindows | None
    reason: str
    figures: Mapping[str, Mapping[str, float]]


class SideBySide(Protocol):
    """What `ml.training.cross_fit.side_by_side` does with a number of threads."""

    def __call__(self, work: Callable[[int], "Answers | None"], jobs: Sequence[int], /) -> list["Answers | None"]:
        """What `work` makes of each job, in their order."""
        ...


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

    def of(self, rows: NDArray[np.bool_]) -> "Answers":
        """The same for some rows."""
        return Answers(self.centre[rows], self.spread[rows], self.truth.at(rows), self.weights[rows],
                       self.settled[rows], self.lives[rows], self.fold[rows])  # fmt: skip

    def windows(self, share: float) -> LifeWindows:
        """The table that these rows make, of the stated coverage."""
        return fit_windows(self.centre, self.spread, self.truth, self.weights, self.lives, share)


def choose(
    folds: Sequence[LifeFold],
    columns: MartColumns,
    cap: float,
    fleet: Fleet,
    training: TrainingSettings,
    side_by_side: SideBySide,
) -> LifeChoice:
    """Fit each candidate of the settings before each fold, ask it of the fold's rows, and take the best.

    By the pinball loss of low end, median and high end on settled rows, where the windows of a fold come from the other
    folds. The windows that are kept come from all of them.
    """
    return chosen(fold_answers(folds, columns, cap, fleet, training, side_by_side), training)


def chosen(answers: Mapping[str, Answers], training: TrainingSettings) -> LifeChoice:
    """The choice that `choose` makes of `fold_answers`."""
    ends = max((len(np.unique(one.lives[one.truth.ended])) for one in answers.values()), default=0)
    if ends < LEAST_ENDS:
        why = f"{counted(ends, 'failure')} within the folds can be timed, and {LEAST_ENDS} are needed"
        return LifeChoice(None, None, f"no remaining time is told: {why}", {})
    share = training.remaining_coverage
    figures = {kind: _figures(one, share) for kind, one in answers.items()}
    best = min(figures, key=lambda kind: figures[kind]["pinball"])
    told = ", ".join(f"{kind} {one['pinball']:.2f} h" for kind, one in figures.items())
    reason = f"{best} fits the folds best; pinball loss of low end, median and high end: {told}"
    candidate = next(one for one in LIFE_CANDIDATES if one.kind == best)
    return LifeChoice(candidate, answers[best].windows(share), reason, figures)


def fold_answers(
    folds: Sequence[LifeFold],
    columns: MartColumns,
    cap: float,
    fleet: Fleet,
    training: TrainingSettings,
    side_by_side: SideBySide,
) -> dict[str, Answers]:
    """What each candidate of the settings says of the rows of all folds, fold by fold in their order, by its kind."""
    asked = [candidate for candidate in LIFE_CANDIDATES if candidate.kind in training.remaining_candidates]
    jobs = [(candidate, place) for candidate in asked for place in range(len(folds))]
    found = side_by_side(
        lambda job: _asked(jobs[job][0], jobs[job][1], folds, columns, cap, fleet, training), range(len(jobs))
    )
    answers = {}
    for candidate in asked:
        parts = [one for (other, _), one in zip(jobs, found, strict=True) if other is candidate and one is not None]
        if parts:
            answers[candidate.kind] = _joined(parts)
    return answers


def ask(booster: CatBoost, kind: str, judged: pd.DataFrame, columns: MartColumns, cap: float, fold: int = 0) -> Answers:
    """What a booster says of rows of `known_at`."""
    centre, spread = centres(booster, kind, pool_of(judged, columns), cap, threads=1)
    return Answers(centre, spread, truth_of(judged, cap), judged[WEIGHT].to_numpy(dtype="float64"),
                   judged[SETTLED].to_numpy(dtype=bool), life_numbers(judged), np.full(len(judged), fold))  # fmt: skip


def _asked(
    candidate: Candidate,
    place: int,
    folds: Sequence[LifeFold],
    columns: MartColumns,
    cap: float,
    fleet: Fleet,
    training: TrainingSettings,
) -> Answers | None:
    fold = folds[place]
    booster = fit(candidate, fold.before, columns, cap, fleet, training) if len(fold.judged) else None
    return None if booster is None else ask(booster, candidate.kind, fold.judged, columns, cap, place)


def _joined(parts: Sequence[Answers]) -> Answers:
    def all_of(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(one, name) for one in parts])

    low, high = (np.concatenate([getattr(one.truth, end) for one in parts]) for end in ("low", "high"))
    truth, lives = Truth(low, high, parts[0].truth.cap), all_of("lives").astype(np.int64)
    return Answers(all_of("centre"), all_of("spread"), truth, all_of("weights"), all_of("settled").astype(bool),
                   lives, all_of("fold").astype(np.int64))  # fmt: skip


def _figures(answers: Answers, share: float) -> dict[str, float]:
    """What a candidate reached: each fold by the windows of the others, where these hold failures enough."""
    windows = windows_by_others(answers, share)
    truth, cap = answers.truth, answers.truth.cap
    hours = np.where(truth.settled, truth.hours, truth.low)
    weights = np.zeros(len(hours))
    settled = answers.settled
    weights[settled] = known_weights(hours[settled], truth.settled[settled]) * answers.weights[settled]
    ends = {name: windows[name].fillna(cap).to_numpy() for name in (LOW_END, MEDIAN, HIGH_END)}
    losses = [pinball(truth, ends[name], level, weights) for name, level in zip(ends, levels(share), strict=True)]
    low, high = windows[LOW_END].to_numpy(), windows[HIGH_END].to_numpy()
    return {
        "pinball": float(np.mean(losses)),
        "rmse": rmse(truth, answers.centre, weights),
        "rmse_of_failures": rmse(truth, answers.centre, weights * truth.ended),
        "coverage": coverage(truth, low, high, weights),
        "width": median_width(low, high),
    }


def windows_by_others(answers: Answers, share: float) -> pd.DataFrame:
    """The windows of each row, those of a fold by the table that the others make; the columns REMAINING, in order."""
    return pd.concat([_by_others(answers, int(fold), share) for fold in np.unique(answers.fold)]).sort_index()


def _by_others(answers: Answers, fold: int, share: float) -> pd.DataFrame:
    mine = answers.fold == fold
    others = answers.of(~mine)
    enough = len(np.unique(others.lives[others.truth.ended])) >= LEAST_ENDS
    table = (others if enough else answers).windows(share)
    return table.of(answers.centre[mine], answers.spread[mine]).set_axis(np.flatnonzero(mine))


def life_numbers(judged: pd.DataFrame) -> NDArray[np.int64]:
    """A number for each failure: one of a machine at one moment, whichever night looks ahead to it."""
    end = judged["as_of"] + pd.to_timedelta(judged[LIFE_HIGH].where(np.isfinite(judged[LIFE_HIGH])), unit="h")
    named = judged["machine_id"].astype(str) + "|" + end.dt.round("h").astype(str)
    return pd.util.hash_array(named.to_numpy(dtype=object)).astype(np.int64)
