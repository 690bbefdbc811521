"""Fitting: one model a target, on weighted rows, and the folds that say how many trees it may have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from catboost import CatBoost

from ml.arrays import Floats
from ml.mart.columns import ANY, WEIGHT, MartColumns, label
from ml.models.boosters import merged
from ml.models.risk_blend import blend
from ml.training import bagging
from ml.training.time_split import Fold, within
from settings import Fleet, TrainingSettings

TREE_SHARES = (0.25, 0.5, 1.0)
Job = TypeVar("Job")
Done = TypeVar("Done")


Bags = tuple[Any, ...]
"""What a learner fits for one target: `CatBoost`s of the champion, others of a contender."""


class Learner(Protocol):
    """Whose trees the folds try; all else is the same for every learner."""

    def fit_bags(
        self,
        rows: pd.DataFrame,
        columns: MartColumns,
        target: str,
        trees: int,
        fleet: Fleet,
        training: TrainingSettings,
        /,
    ) -> Bags:
        """As `bagging.fit_bags`."""
        ...

    def raw_scores(self, boosters: Bags, rows: pd.DataFrame, columns: MartColumns, trees: int, /) -> Floats:
        """As `bagging.raw_scores`."""
        ...


@dataclass(frozen=True)
class CrossFit:
    """What the folds showed.

    `trees`: the count of trees, one for all targets, whose answers fitted the folds best. `boosters`: the bags of a
    target and fold, none where the rows before the fold held only one outcome.
    """

    folds: tuple[Fold, ...]
    trees: int
    boosters: Mapping[str, Sequence[Bags]]
    learner: Learner = bagging

    def log_odds(self, rows: pd.DataFrame, columns: MartColumns, trees: int = 0) -> pd.DataFrame:
        """Raw scores of the rows inside the folds, a column a target, from models that learnt before each fold."""
        inside = pd.concat([within(rows, fold.start, fold.end) for fold in self.folds])
        scores = pd.DataFrame(np.nan, index=inside.index, columns=list(self.boosters))
        for target, boosters in self.boosters.items():
            for bags, fold in zip(boosters, self.folds, strict=True):
                part = within(rows, fold.start, fold.end)
                if bags and len(part):
                    scores.loc[part.index, target] = self.learner.raw_scores(bags, part, columns, trees or self.trees)
        return blend(scores)


def learnable(rows: pd.DataFrame, targets: Sequence[str]) -> tuple[str, ...]:
    """The targets of which `rows` hold both outcomes."""
    return tuple(target for target in targets if rows[label(target)].dropna().nunique() > 1)


def distinct(rows: pd.DataFrame, targets: Sequence[str]) -> tuple[str, ...]:
    """Of targets with the very same labels the first: where a fleet names one component, any failure is its own."""
    return tuple(dict.fromkeys(_twins(rows, targets).values()))


def fit_all(
    rows: pd.DataFrame,
    columns: MartColumns,
    targets: Sequence[str],
    trees: int,
    fleet: Fleet,
    training: TrainingSettings,
    fitted_one: Callable[[], None] = lambda: None,
) -> dict[str, CatBoost]:
    """Each target's model; see `fit`. `fitted_one` is called after each of `distinct`: the others share theirs."""
    own = distinct(rows, targets)
    fitted = side_by_side(
        lambda target: fit(rows, columns, target, trees, fleet, training), own, training.threads, fitted_one
    )
    by_target = dict(zip(own, fitted, strict=True))
    return {target: by_target[same] for target, same in _twins(rows, targets).items()}


def fit(
    rows: pd.DataFrame, columns: MartColumns, target: str, trees: int, fleet: Fleet, training: TrainingSettings
) -> CatBoost:
    """One target's model on the rows whose label is known: the mean of its bags as one booster."""
    return merged(bagging.fit_bags(rows, columns, target, trees, fleet, training))


def cross_fit(
    rows: pd.DataFrame,
    columns: MartColumns,
    folds: tuple[Fold, ...],
    fleet: Fleet,
    training: TrainingSettings,
    fitted_one: Callable[[], None] = lambda: None,
    learner: Learner = bagging,
) -> CrossFit:
    """Roll the origin over `folds`: train before each, judge inside it.

    `fitted_one` is called after each fold of each target of `distinct`: the others share theirs.
    """
    known = {target: rows[rows[label(target)].notna()] for target in distinct(rows, columns.targets)}
    jobs = [(target, fold) for target in known for fold in folds]
    bags = side_by_side(
        lambda job: _fitted_before(known[job[0]], columns, *job, fleet, training, learner),
        jobs, training.threads, fitted_one,
    )  # fmt: skip
    by_job = dict(zip(jobs, bags, strict=True))
    boosters = {
        target: [by_job[same, fold] for fold in folds] for target, same in _twins(rows, columns.targets).items()
    }
    fitted = CrossFit(folds, training.iterations, boosters, learner)
    candidates = sorted({max(1, round(training.iterations * share)) for share in TREE_SHARES}, reverse=True)
    return replace(fitted, trees=min(candidates, key=lambda trees: _log_loss(fitted, rows, columns, trees)))


def side_by_side(
    work: Callable[[Job], Done], jobs: Iterable[Job], threads: int, done_one: Callable[[], None] = lambda: None
) -> list[Done]:
    """What `work` makes of each job, in their order, `threads` of them at a time; `done_one` after each, by us.

    On a sample of rows two boosters of one thread each are done sooner than one of two threads after another: a tree
    is too small a work to share. CatBoost lets go of the interpreter while it fits, and each fit has rows, pool and
    booster of its own. What they share is CatBoost's handler of Ctrl-C (1.2.10: `CheckInterrupted`), which a fit that
    ends takes away without a lock: one that asks for it in that very instant crashes the process. That is once in very
    many trainings, and the run can simply be started again; `training.threads` = 1 rules it out.
    """
    with ThreadPoolExecutor(threads) as workers:
        found = []
        for done in workers.map(work, jobs):
            found.append(done)
            done_one()
        return found


def _twins(rows: pd.DataFrame, targets: Sequence[str]) -> dict[str, str]:
    """Each target with the first one whose labels are the same in every row."""
    found: dict[str, str] = {}
    for target in targets:
        alike = (one for one in found.values() if rows[label(one)].equals(rows[label(target)]))
        found[target] = next(alike, target)
    return found


def _fitted_before(
    known: pd.DataFrame,
    columns: MartColumns,
    target: str,
    fold: Fold,
    fleet: Fleet,
    training: TrainingSettings,
    learner: Learner,
) -> Bags:
    before = known[known["as_of"] <= fold.train_end]
    if before[label(target)].nunique() < 2:
        return ()
    return learner.fit_bags(before, columns, target, training.iterations, fleet, training)


def _log_loss(folds: CrossFit, rows: pd.DataFrame, columns: MartColumns, trees: int) -> float:
    """Mean log loss of any failure inside the folds, by the rows' weights.

    One count for all targets, by the loss of the answer they give together: a few dozen failures rank too noisily to
    choose a count for each, and components that have learnt differently long cannot be added up.
    """
    scores = folds.log_odds(rows, columns, trees)[ANY].dropna()
    judged = rows.loc[scores.index]
    labels, odds = judged[label(ANY)].to_numpy(dtype="float64"), scores.to_numpy()
    return float(np.average(np.logaddexp(0, odds) - labels * odds, weights=judged[WEIGHT])) if len(scores) else 0.0
