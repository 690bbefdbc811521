"""A plain logistic regression on the model's own columns: what any textbook would try first."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from ml.arrays import Floats
from ml.evaluation.contenders import Answer, outcomes
from ml.mart.columns import ANY, WEIGHT, MartColumns, label, model_inputs
from ml.metrics.costs import prudent_threshold
from ml.training.time_split import TimeSplit, within
from settings import Economics

LOGISTIC = "logistic_regression"


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic regression over `columns`, with its alert threshold."""

    pipeline: Pipeline
    threshold: float
    columns: MartColumns


def fit_logistic(
    sample: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit, economics: Economics, seed: int
) -> Logistic:
    """A plain logistic regression on the same columns; the folds' nights choose its threshold, fitted before them."""
    history = within(sample, split.train_start, split.train_end)
    nights = within(nightly, split.folds[0].start, split.folds[-1].end)
    before = within(history, split.train_start, split.folds[0].train_end)
    if before[label(ANY)].nunique() < 2:  # a short history, with folds longer than the champion's
        before = history
    earlier = _pipeline(before, columns, seed)
    threshold = prudent_threshold(_probabilities(earlier, nights, columns), *outcomes(nights), economics)
    return Logistic(_pipeline(history, columns, seed), threshold, columns)


def ask_logistic(logistic: Logistic, rows: pd.DataFrame) -> Answer:
    """The regression's answer, at its own threshold."""
    scores = _probabilities(logistic.pipeline, rows, logistic.columns)
    return Answer(scores, scores >= logistic.threshold, pd.DataFrame({ANY: scores}, index=rows.index))


def _pipeline(rows: pd.DataFrame, columns: MartColumns, seed: int) -> Pipeline:
    """Newton's method: a dozen sums over the rows where the default takes a hundred small steps.

    On one thread: on as few columns as these, threads that wait for one another cost twenty times the sums.
    """
    numbers = [name for name in columns.features if name not in columns.categorical]
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), list(columns.categorical)),
        sparse_threshold=0,
    )
    regression = LogisticRegression(solver="newton-cholesky", max_iter=200, random_state=seed)
    inputs = model_inputs(rows, columns.features, columns.categorical)
    with threadpool_limits(1):
        return make_pipeline(prepare, regression).fit(
            inputs, rows[label(ANY)].astype(int), logisticregression__sample_weight=rows[WEIGHT]
        )


def _probabilities(pipeline: Pipeline, rows: pd.DataFrame, columns: MartColumns) -> Floats:
    inputs = model_inputs(rows, columns.features, columns.categorical)
    return np.asarray(pipeline.predict_proba(inputs)[:, 1], dtype=np.float64)
