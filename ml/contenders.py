"""Everything that can stand on the leaderboard, asked the same way: score these rows, and whom would you visit?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ml.economics import cheapest_threshold, prudent_threshold
from ml.mart import ANY, WEIGHT, MartColumns, label, model_inputs
from ml.model import Model
from ml.rules import RULES
from ml.split import TimeSplit, within
from settings import Settings

Floats = NDArray[np.float64]
LOGISTIC = "logistic_regression"


@dataclass(frozen=True)
class Answer:
    """Scores (n,) of any failure, the alerts (n,), and what only models know: probabilities and a component (n,)."""

    scores: Floats
    alerts: NDArray[np.bool_]
    probabilities: pd.DataFrame | None = None
    component: "pd.Series[str] | None" = None


def ask_model(model: Model, rows: pd.DataFrame) -> Answer:
    """A trained model's answer, at its own threshold."""
    chances = model.probabilities(rows)
    components = [target for target in model.card.targets if target != ANY]
    named = chances[components].idxmax(axis=1).astype(str) if components else None
    scores = chances[ANY].to_numpy()
    return Answer(scores, scores >= model.card.threshold, chances, named)


def ask_rules(rows: pd.DataFrame, nightly: pd.DataFrame, split: TimeSplit, settings: Settings) -> dict[str, Answer]:
    """Each naive rule's answer; its threshold is the cheapest on every night before the held-out ones."""
    history = within(nightly, split.train_start, split.train_end)
    answers, economics = {}, settings.workspace.economics
    for name, rule in RULES.items():
        threshold = cheapest_threshold(rule(history, settings.fleet), *_outcomes(history), economics)
        scores = rule(rows, settings.fleet)
        answers[name] = Answer(scores, scores >= threshold)
    return answers


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic regression over `columns`, with its alert threshold."""

    pipeline: Pipeline
    threshold: float
    columns: MartColumns


def fit_logistic(
    sample: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit, settings: Settings
) -> Logistic:
    """A plain logistic regression on the same columns; the folds' nights choose its threshold, fitted before them."""
    history = within(sample, split.train_start, split.train_end)
    nights = within(nightly, split.folds[0].start, split.folds[-1].end)
    earlier = _pipeline(within(history, split.train_start, split.folds[0].train_end), columns, settings)
    economics = settings.workspace.economics
    threshold = prudent_threshold(_chances(earlier, nights, columns), *_outcomes(nights), economics)
    return Logistic(_pipeline(history, columns, settings), threshold, columns)


def ask_logistic(logistic: Logistic, rows: pd.DataFrame) -> Answer:
    """The regression's answer, at its own threshold."""
    scores = _chances(logistic.pipeline, rows, logistic.columns)
    return Answer(scores, scores >= logistic.threshold, pd.DataFrame({ANY: scores}, index=rows.index))


def _pipeline(rows: pd.DataFrame, columns: MartColumns, settings: Settings) -> Pipeline:
    numbers = [name for name in columns.features if name not in columns.categorical]
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), list(columns.categorical)),
    )
    pipeline = make_pipeline(prepare, LogisticRegression(max_iter=2000, random_state=settings.workspace.training.seed))
    inputs = model_inputs(rows, columns.features, columns.categorical)
    return pipeline.fit(inputs, rows[label(ANY)].astype(int), logisticregression__sample_weight=rows[WEIGHT])


def _chances(pipeline: Pipeline, rows: pd.DataFrame, columns: MartColumns) -> Floats:
    inputs = model_inputs(rows, columns.features, columns.categorical)
    return np.asarray(pipeline.predict_proba(inputs)[:, 1], dtype=np.float64)


def _outcomes(nights: pd.DataFrame) -> tuple[Floats, int]:
    return nights[label(ANY)].to_numpy(dtype="float64"), int(nights["as_of"].nunique())
