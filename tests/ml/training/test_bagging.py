"""A target's bags: every failure in each, any other row in just one, and together they weigh what the rows do."""

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost

from ml.mart.columns import ANY, WEIGHT, MartColumns, label
from ml.models.boosters import merged
from ml.training import bagging as bags
from ml.training.bagging import fit_bags, raw_scores
from ml.training.recipe import Recipe
from settings import TrainingSettings


def with_bags(recipe: Recipe, count: int) -> TrainingSettings:
    return recipe.training.model_copy(update={"bags": count, "iterations": 10})


@pytest.mark.parametrize("count", [1, 3, 4])
def test_bags_share_the_failures_and_divide_the_rest(mart: pd.DataFrame, recipe: Recipe, count: int) -> None:
    rows = mart.assign(**{WEIGHT: np.where(mart[label(ANY)] == 1, 1.0, 2.5)})
    rows.loc[rows.index[::50], "fails_comp2"] = 1.0  # fails though `any` says not: it must not be divided either
    parts = list(bags._bags(rows, "comp2", with_bags(recipe, count)))
    assert len(parts) == count
    failing = (rows[label(ANY)] == 1) | (rows["fails_comp2"] == 1)
    for part in parts:
        assert set(rows.index[failing]) <= set(part.index)
        assert part.loc[failing[part.index], WEIGHT].equals(rows.loc[failing, WEIGHT])
    others = np.concatenate([part.index[~failing[part.index]] for part in parts])
    assert sorted(others) == list(rows.index[~failing])
    rest = sum(part.loc[~failing[part.index], WEIGHT].sum() for part in parts) / count
    assert rest == pytest.approx(rows.loc[~failing, WEIGHT].sum())


def test_more_bags_than_rows_are_not_made(mart: pd.DataFrame, recipe: Recipe) -> None:
    failing = mart[mart[label(ANY)] == 1]
    rows = pd.concat([failing, mart[mart[label(ANY)] == 0].head(2)])
    assert len(list(bags._bags(rows, ANY, with_bags(recipe, 5)))) == 2
    assert len(list(bags._bags(failing, ANY, with_bags(recipe, 5)))) == 1


def test_the_merged_booster_is_the_mean_of_the_bags(mart: pd.DataFrame, columns: MartColumns, recipe: Recipe) -> None:
    boosters = fit_bags(mart, columns, ANY, 10, recipe.fleet, with_bags(recipe, 3))
    scores = [raw_scores((booster,), mart, columns) for booster in boosters]
    assert not np.allclose(scores[0], scores[1])
    assert np.allclose(raw_scores(boosters, mart, columns), np.mean(scores, axis=0))
    assert np.allclose(raw_scores((merged(boosters),), mart, columns), np.mean(scores, axis=0))
    assert np.allclose(raw_scores(boosters, mart, columns, 4), np.mean([
        booster.predict(mart[list(columns.features)], prediction_type="RawFormulaVal", ntree_end=4)
        for booster in boosters], axis=0))  # fmt: skip


def test_what_is_set_is_what_catboost_is_told(mart: pd.DataFrame, columns: MartColumns, recipe: Recipe) -> None:
    told = {"borders": 20, "leaf_steps": 3, "one_hot_models": 9, "depth": 3, "learning_rate": 0.3}
    training = with_bags(recipe, 1).model_copy(update=told)
    (booster,) = fit_bags(mart, columns, ANY, 10, recipe.fleet, training)
    used = booster.get_all_params()
    names = {
        "borders": "border_count",
        "leaf_steps": "leaf_estimation_iterations",
        "one_hot_models": "one_hot_max_size",
    }
    assert {name: pytest.approx(used[names.get(name, name)]) for name in told} == told


@pytest.mark.parametrize(("wanted", "told"), [(True, "AnyImprovement"), (False, "No")])
def test_newton_steps_are_looked_back_at_where_that_is_set(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe, wanted: bool, told: str
) -> None:
    training = with_bags(recipe, 1).model_copy(update={"leaf_backtracking": wanted})
    (booster,) = fit_bags(mart, columns, ANY, 3, recipe.fleet, training)
    assert booster.get_all_params()["leaf_estimation_backtracking"] == told


def test_a_record_from_before_there_were_such_settings_means_catboosts_own_defaults(
    mart: pd.DataFrame, columns: MartColumns, recipe: Recipe
) -> None:
    recorded = recipe.training.model_dump(exclude={"borders", "leaf_steps", "leaf_backtracking", "one_hot_models"})
    then = TrainingSettings.model_validate({**recorded, "iterations": 3, "bags": 1})
    (booster,) = fit_bags(mart, columns, ANY, 3, recipe.fleet, then)
    plain = CatBoost({"loss_function": "Logloss", "iterations": 3, "verbose": False, "allow_writing_files": False})
    plain.fit(bags._pool(mart, columns, ANY))
    ours, theirs = booster.get_all_params(), plain.get_all_params()
    for name in ("border_count", "leaf_estimation_iterations", "leaf_estimation_backtracking", "one_hot_max_size"):
        assert ours[name] == theirs[name], name
