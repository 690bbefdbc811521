"""Fitting the boosters: one CatBoost a target, on weighted rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from catboost import CatBoost, Pool
from numpy.typing import NDArray

from ml.blend import blend
from ml.mart import WEIGHT, MartColumns, label, model_inputs
from ml.metrics import ranking_metrics
from ml.outages import with_outages
from ml.split import Fold, within
from settings import Settings, Training

Floats = NDArray[np.float64]
TREE_SHARES = (0.25, 0.5, 1.0)
# CatBoost stamps every model with a random id and the time: without them the same rows give the same bytes.
STAMPS = {"model_guid": "nightshift", "train_finish_time": ""}


@dataclass(frozen=True)
class CrossFit:
    """What the folds showed.

    `trees`: the tree count that ranked best over all folds, a target. `boosters`: one a target and fold, None where
    the rows before the fold held only one outcome.
    """

    folds: tuple[Fold, ...]
    trees: Mapping[str, int]
    boosters: Mapping[str, Sequence[CatBoost | None]]

    def parts(self, rows: pd.DataFrame, target: str) -> list[tuple[CatBoost, pd.DataFrame]]:
        """The rows of each fold, with the booster that had learnt before it; folds without one are left out."""
        found = [(booster, within(rows, fold.start, fold.end))
                 for booster, fold in zip(self.boosters[target], self.folds, strict=True)]  # fmt: skip
        return [(booster, part) for booster, part in found if booster is not None and len(part)]

    def log_odds(self, rows: pd.DataFrame, columns: MartColumns) -> pd.DataFrame:
        """Raw scores of the rows inside the folds, a column a target, from models that learnt before each fold."""
        inside = pd.concat([within(rows, fold.start, fold.end) for fold in self.folds])
        scores = pd.DataFrame(np.nan, index=inside.index, columns=list(self.boosters))
        for target in self.boosters:
            for booster, part in self.parts(rows, target):
                scores.loc[part.index, target] = raw_scores(booster, part, columns, self.trees[target])
        return blend(scores)


def learnable(rows: pd.DataFrame, targets: Sequence[str]) -> tuple[str, ...]:
    """The targets of which `rows` hold both outcomes."""
    return tuple(target for target in targets if rows[label(target)].dropna().nunique() > 1)


def fit(rows: pd.DataFrame, columns: MartColumns, target: str, trees: int, settings: Settings) -> CatBoost:
    """One booster of `trees` trees on the rows whose label of `target` is known, by their weight."""
    training = settings.workspace.training
    booster = CatBoost(_parameters(trees, training))
    booster.fit(_pool(with_outages(rows, settings.fleet, training), columns, target))
    for name, value in STAMPS.items():
        booster.get_metadata()[name] = value
    return booster


def cross_fit(rows: pd.DataFrame, columns: MartColumns, folds: tuple[Fold, ...], settings: Settings) -> CrossFit:
    """Roll the origin over `folds`: train before each, judge inside it."""
    trees, boosters = {}, {}
    for target in columns.targets:
        known = rows[rows[label(target)].notna()]
        boosters[target] = [_fitted_before(known, columns, target, fold, settings) for fold in folds]
        trees[target] = _best_trees(known, columns, target, CrossFit(folds, {}, boosters), settings)
    return CrossFit(folds, trees, boosters)


def raw_scores(booster: CatBoost, rows: pd.DataFrame, columns: MartColumns, trees: int = 0) -> Floats:
    """Log-odds, shape (rows,), of the first `trees` trees; of all where 0."""
    inputs = model_inputs(rows, columns.features, columns.categorical)
    return np.asarray(booster.predict(inputs, prediction_type="RawFormulaVal", ntree_end=trees), dtype=np.float64)


def _fitted_before(
    known: pd.DataFrame, columns: MartColumns, target: str, fold: Fold, settings: Settings
) -> CatBoost | None:
    before = known[known["as_of"] <= fold.train_end]
    if before[label(target)].nunique() < 2:
        return None
    return fit(before, columns, target, settings.workspace.training.iterations, settings)


def _best_trees(known: pd.DataFrame, columns: MartColumns, target: str, folds: CrossFit, settings: Settings) -> int:
    """The count with the best mean average precision over the folds; on a tie the larger. Calibration comes after."""
    candidates = [round(settings.workspace.training.iterations * share) for share in TREE_SHARES]
    found = []
    for trees in candidates:
        figures = [
            ranking_metrics(
                part[label(target)].to_numpy(dtype="float64"), raw_scores(booster, part, columns, trees),
                part[WEIGHT].to_numpy(),
            )["average_precision"]
            for booster, part in folds.parts(known, target)
        ]  # fmt: skip
        found.append(np.nanmean(figures) if figures and not np.all(np.isnan(figures)) else 0.0)
    best = max(found)
    return max(trees for trees, value in zip(candidates, found, strict=True) if value >= best - 1e-9)


def _parameters(trees: int, training: Training) -> dict[str, object]:
    return {
        "loss_function": "Logloss",
        "iterations": trees,
        "learning_rate": training.learning_rate,
        "depth": training.depth,
        "rsm": training.feature_share,
        "random_seed": training.seed,
        "thread_count": training.threads,
        "allow_writing_files": False,
        "verbose": False,
    }


def _pool(rows: pd.DataFrame, columns: MartColumns, target: str) -> Pool:
    known = rows[rows[label(target)].notna()]
    inputs = model_inputs(known, columns.features, columns.categorical)
    labels = known[label(target)].to_numpy(dtype="float64")
    return Pool(inputs, label=labels, weight=known[WEIGHT].to_numpy(), cat_features=list(columns.categorical))
