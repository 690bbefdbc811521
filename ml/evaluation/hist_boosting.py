"""The second tree model: scikit-learn's histogram boosting, made as the champion is, so that its booster is a choice.

The same rows, columns, targets, folds, blend, calibration and threshold; only the trees are grown by
`sklearn.ensemble.HistGradientBoostingClassifier` (Ke et al. 2017, "LightGBM"). It learns from all rows at once where
the champion divides them among bags, with as many trees at the same rate. Nothing that scores a night imports it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from ml.arrays import Floats
from ml.evaluation.contenders import Answer
from ml.mart.columns import ANY, WEIGHT, MartColumns, label, model_inputs
from ml.mart.feed_outages import with_outages
from ml.metrics.costs import prudent_threshold
from ml.models.calibration import Calibrator
from ml.models.model import calibrated
from ml.models.risk_blend import blend
from ml.training.cross_fit import cross_fit, learnable, side_by_side
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within
from ml.training.train import calibrators_of, tuning_nights
from settings import Fleet, TrainingSettings

HIST_BOOSTING = "hist_gradient_boosting"
L2 = 3.0  # CatBoost's own l2_leaf_reg
SKLEARN_BINS = 255  # scikit-learn's limit, of a category's words too


@dataclass(frozen=True)
class Trees:
    """A fitted classifier, and for each number the borders between the steps that it is told in."""

    classifier: HistGradientBoostingClassifier
    borders: Mapping[str, Floats]


@dataclass(frozen=True)
class HistBoosting:
    """Fitted classifiers by target over `columns`, with what turns their scores into probabilities and alerts."""

    trees: Mapping[str, Trees]
    columns: MartColumns
    calibrators: Mapping[str, Calibrator]
    threshold: float

    def probabilities(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Calibrated probabilities, one column a target, the rows' index."""
        scores = {target: raw_scores((trees,), rows, self.columns, 0) for target, trees in self.trees.items()}
        learned = blend(pd.DataFrame(scores, index=rows.index))
        return calibrated(learned.reindex(columns=list(self.columns.targets), fill_value=0.0), self.calibrators)


def fit_hist_boosting(
    sample: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit, recipe: Recipe
) -> HistBoosting | None:
    """Fit on the weighted `sample` of the split's training span as `train` does; None where no failure can be learnt.

    `nightly`: every row at the scoring hour, of which the folds' nights choose the threshold.
    """
    training = recipe.training
    rows = within(sample, split.train_start, split.train_end)
    nights = within(nightly, split.folds[0].start, split.folds[-1].end)
    learned = learnable(rows, columns.targets)
    if ANY not in learned:
        return None
    folds = cross_fit(rows, columns, split.folds, recipe.fleet, training, learner=_Learner())
    fitted = side_by_side(
        lambda target: fit_bags(rows, columns, target, folds.trees, recipe.fleet, training)[0],
        learned, training.threads,
    )  # fmt: skip
    calibrators = calibrators_of(folds.log_odds(rows, columns), rows, columns)
    tuning = tuning_nights(folds, nights, columns, calibrators)
    threshold = prudent_threshold(
        tuning["probability"].to_numpy(), tuning["failed"].to_numpy(), tuning["as_of"].nunique(), recipe.economics
    )
    return HistBoosting(dict(zip(learned, fitted, strict=True)), columns, calibrators, threshold)


def ask_hist_boosting(fitted: HistBoosting, rows: pd.DataFrame) -> Answer:
    """Its answer, at its own threshold."""
    probabilities = fitted.probabilities(rows)
    components = [target for target in fitted.columns.targets if target != ANY]
    named = probabilities[components].idxmax(axis=1).astype(str) if components else None
    scores = probabilities[ANY].to_numpy()
    return Answer(scores, scores >= fitted.threshold, probabilities, named)


def fit_bags(
    rows: pd.DataFrame, columns: MartColumns, target: str, trees: int, fleet: Fleet, training: TrainingSettings
) -> tuple[Trees, ...]:
    """One classifier on the rows whose label is known, and copies of some without a feed, as the champion's bags."""
    known = with_outages(rows[rows[label(target)].notna()], fleet, training)
    classifier = HistGradientBoostingClassifier(
        learning_rate=training.learning_rate,
        max_iter=trees,
        max_leaf_nodes=2**training.depth,
        max_depth=training.depth,
        max_features=training.feature_share,
        max_bins=SKLEARN_BINS,
        l2_regularization=L2,
        categorical_features="from_dtype",
        early_stopping=False,
        random_state=training.seed,
    )
    borders = _borders(known, columns, training.borders)
    inputs = _inputs(known, columns, borders, SKLEARN_BINS - 1)
    with threadpool_limits(1):  # as many fits as `training.threads` run side by side
        classifier.fit(inputs, known[label(target)].astype(int), sample_weight=known[WEIGHT])
    return (Trees(classifier, borders),)


def raw_scores(boosters: tuple[Trees, ...], rows: pd.DataFrame, columns: MartColumns, trees: int) -> Floats:
    """Log-odds, shape (rows,), of the first `trees` trees; of all where 0."""
    [fitted] = boosters
    classifier, inputs = fitted.classifier, _inputs(rows, columns, fitted.borders)
    with threadpool_limits(1):
        if not trees or trees >= classifier.n_iter_:
            return np.asarray(classifier.decision_function(inputs), dtype=np.float64)
        staged = classifier.staged_decision_function(inputs)
        return np.asarray(next(islice(staged, trees - 1, None)), dtype=np.float64)


class _Learner:
    """This module's trees, for `cross_fit`."""

    fit_bags = staticmethod(fit_bags)
    raw_scores = staticmethod(raw_scores)


def _borders(rows: pd.DataFrame, columns: MartColumns, most: int) -> dict[str, Floats]:
    """Quantiles of each number, none where it is never known.

    scikit-learn's own of weighted rows take longer than all of the trees (1.9), and it refuses such a column.
    """
    shares = np.linspace(0, 1, min(max(most, 2), SKLEARN_BINS - 1) + 1)[1:-1]
    found = {}
    for name in columns.features:
        if name not in columns.categorical:
            known = rows[name].dropna().to_numpy(dtype="float64")
            found[name] = np.unique(np.quantile(known, shares)) if len(known) else np.empty(0)
    return found


def _inputs(
    rows: pd.DataFrame, columns: MartColumns, borders: Mapping[str, Floats], most_words: int | None = None
) -> pd.DataFrame:
    """Numbers as steps between the `borders`; of a category's words the commonest, where only so many can be learnt.

    A word that was not there when it learnt is to it as one that is missing.
    """
    inputs = model_inputs(rows, columns.features, columns.categorical)
    for name, edges in borders.items():
        values = inputs[name].to_numpy()
        steps = np.searchsorted(edges, values, side="right")
        inputs[name] = np.where(np.isnan(values), np.nan, steps) if len(edges) else 0.0
    for name in columns.categorical:
        common = inputs[name].value_counts().index[:most_words]
        inputs[name] = pd.Categorical(inputs[name], categories=sorted(common))
    return inputs
