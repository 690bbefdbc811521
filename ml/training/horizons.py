"""The horizons beyond the first: one booster of any failure each, on the same rows, features and folds.

A label that looks farther ahead is known later: before a fold, and before the held-out nights, more rows are left out
the farther a horizon looks, so that none of them tells what happened inside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from catboost import CatBoost

from ml.mart.columns import WEIGHT, MartColumns, label
from ml.mart.horizon_labels import horizon_target
from ml.mart.nights import label_delay
from ml.metrics.row_metrics import ranking_metrics
from ml.models.calibration import Calibrator, fit_calibrator
from ml.training.bagging import fit_first_bag, raw_scores
from ml.training.cross_fit import side_by_side
from ml.training.recipe import Recipe
from ml.training.time_split import Fold, TimeSplit
from settings import Fleet


@dataclass(frozen=True)
class Horizon:
    """What one horizon is learnt from: `rows` of which `outcomes` (1, 0, NaN where not to be used) are the labels.

    `folds` are those that have something to learn from before them. `known_from`: when each row's label is due.
    """

    hours: int
    rows: pd.DataFrame
    outcomes: "pd.Series[float]"
    known_from: "pd.Series[pd.Timestamp]"
    folds: tuple[Fold, ...]

    @property
    def fits(self) -> int:
        """How many boosters it takes."""
        return len(self.folds) + 1

    @property
    def target(self) -> str:
        """What the boosters learn, as `label` names it."""
        return horizon_target(self.hours)

    @property
    def is_learnable(self) -> bool:
        """Whether both outcomes are among the rows, and inside the folds."""
        return bool(self.folds) and self.outcomes[self.inside()].nunique() > 1

    def before(self, fold: Fold) -> "pd.Series[bool]":
        """The rows whose label is known before the fold begins."""
        return self.outcomes.notna() & (self.known_from <= fold.start)

    def inside(self, *folds: Fold) -> "pd.Series[bool]":
        """The rows inside these folds, or inside any."""
        moments = self.rows["as_of"]
        found = pd.Series(False, index=self.rows.index)
        for fold in folds or self.folds:
            found |= (moments > fold.start) & (moments <= fold.end)
        return found & self.outcomes.notna()

    def labelled(self, chosen: "pd.Series[bool]") -> pd.DataFrame:
        """The chosen rows with their label."""
        return self.rows[chosen].assign(**{label(self.target): self.outcomes[chosen]})


@dataclass(frozen=True)
class LearntHorizon:
    """A horizon's booster with what calibrates it; `average_precision` is that of the folds' rows."""

    booster: CatBoost
    calibrator: Calibrator
    average_precision: float


def learnable_horizons(
    rows: pd.DataFrame, further: pd.DataFrame | None, split: TimeSplit, fleet: Fleet
) -> tuple[Horizon, ...]:
    """The horizons that can be learnt and judged: of each both outcomes are among the rows, and inside the folds.

    `further`: the rows' labels, a column a horizon by its hours, in an index that holds that of `rows`.
    """
    if further is None:
        return ()
    found = [_horizon(rows, further, int(hours), split, fleet) for hours in further.columns]
    return tuple(horizon for horizon in found if horizon.is_learnable)


def fit_horizons(
    horizons: Sequence[Horizon],
    columns: MartColumns,
    trees: int,
    recipe: Recipe,
    fitted_one: Callable[[], None] = lambda: None,
) -> dict[int, LearntHorizon]:
    """Each horizon's booster of so many trees, calibrated on the folds; by hours. `fitted_one` is called after each."""

    def fitted(job: tuple[Horizon, Fold | None]) -> CatBoost:
        horizon, fold = job
        learnt_from = horizon.labelled(horizon.before(fold) if fold else horizon.outcomes.notna())
        return fit_first_bag(learnt_from, columns, horizon.target, trees, recipe.fleet, recipe.training)

    jobs = [(horizon, fold) for horizon in horizons for fold in (*horizon.folds, None)]
    boosters = iter(side_by_side(fitted, jobs, recipe.training.threads, fitted_one))
    return {
        horizon.hours: _learnt(horizon, [next(boosters) for _ in horizon.folds], next(boosters), columns)
        for horizon in horizons
    }


def _horizon(rows: pd.DataFrame, further: pd.DataFrame, hours: int, split: TimeSplit, fleet: Fleet) -> Horizon:
    known_from = rows["as_of"] + label_delay(fleet, hours)
    outcomes = further.loc[rows.index, hours].where(known_from <= split.holdout_start)
    every = Horizon(hours, rows, outcomes, known_from, split.folds)
    return replace(every, folds=tuple(fold for fold in split.folds if outcomes[every.before(fold)].nunique() > 1))


def _learnt(horizon: Horizon, before: Sequence[CatBoost], booster: CatBoost, columns: MartColumns) -> LearntHorizon:
    judged = [horizon.labelled(horizon.inside(fold)) for fold in horizon.folds]
    asked = [(earlier, part) for earlier, part in zip(before, judged, strict=True) if len(part)]
    scores = np.concatenate([raw_scores((earlier,), part, columns) for earlier, part in asked])
    rows = pd.concat([part[[label(horizon.target), WEIGHT]] for _, part in asked])
    labels, weights = rows[label(horizon.target)].to_numpy(dtype="float64"), rows[WEIGHT].to_numpy()
    figures = ranking_metrics(labels, scores, weights)
    return LearntHorizon(booster, fit_calibrator(scores, labels, weights), figures["average_precision"])
