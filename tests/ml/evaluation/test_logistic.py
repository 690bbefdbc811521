"""The textbook rival: however cheaply it is fitted, its answers are those of the regression fitted to the end."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from ml.evaluation.logistic import ask_logistic, fit_logistic
from ml.mart.columns import ANY, WEIGHT, MartColumns, label, model_inputs
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within


def test_the_cheap_fit_is_the_optimum(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    rows = mart.assign(**{WEIGHT: np.where(mart[label(ANY)] == 1, 1.0, 2.0)})
    fitted = fit_logistic(rows, nightly, columns, split, recipe.economics, recipe.training.seed)
    learned = within(rows, split.train_start, split.train_end)
    prepare, regression = fitted.pipeline[0], fitted.pipeline[-1]
    inputs = prepare.transform(model_inputs(learned, columns.features, columns.categorical))
    patient = LogisticRegression(max_iter=5000, tol=1e-8).fit(inputs, learned[label(ANY)].astype(int), learned[WEIGHT])
    assert regression.n_iter_[0] < 30
    assert np.allclose(regression.coef_, patient.coef_, atol=1e-2)
    answers = ask_logistic(fitted, rows).scores
    wanted = patient.predict_proba(prepare.transform(model_inputs(rows, columns.features, columns.categorical)))[:, 1]
    assert np.allclose(answers, wanted, atol=2e-3)


def test_no_failure_before_the_folds_leaves_the_threshold_to_the_whole_history(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    early = mart["as_of"] <= split.folds[0].train_end
    rows = mart.assign(**{WEIGHT: 1.0})
    rows.loc[early, label(ANY)] = 0
    assert within(rows, split.train_start, split.train_end)[label(ANY)].nunique() == 2
    fitted = fit_logistic(rows, nightly, columns, split, recipe.economics, recipe.training.seed)
    assert 0 < fitted.threshold <= 1
    assert ask_logistic(fitted, rows).scores.std() > 0


def test_rows_that_begin_with_the_folds_leave_nothing_before_them(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit
) -> None:
    rows = mart[mart["as_of"] > split.folds[0].train_end].assign(**{WEIGHT: 1.0})
    fitted = fit_logistic(rows, nightly, columns, split, recipe.economics, recipe.training.seed)
    assert np.isfinite(ask_logistic(fitted, rows).scores).all()
