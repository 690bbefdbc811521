import numpy as np
import pandas as pd
import pytest

from ml.evaluation.contenders import ask_model, ask_rules
from ml.evaluation.logistic import ask_logistic, fit_logistic
from ml.evaluation.naive_rules import RULES
from ml.mart.columns import MartColumns
from ml.metrics.row_metrics import ranking_metrics
from ml.models.risk_blend import blend, blend_parts, union_shares
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within
from ml.training.train import Trained

SEED = 7


@pytest.fixture(scope="module")
def held_out(nightly: pd.DataFrame, split: TimeSplit) -> pd.DataFrame:
    return within(nightly, split.holdout_start, split.holdout_end)


def test_nobody_reads_the_held_out_outcomes(
    held_out: pd.DataFrame, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit,
    recipe: Recipe,
) -> None:  # fmt: skip
    """Turn every outcome after the training span upside down: scores and alerts stay."""

    def turned(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(fails_any=rows["fails_any"].mask(rows["as_of"] > split.train_end, 1 - rows["fails_any"]))

    honest = ask_rules(held_out, nightly, split, recipe.fleet, recipe.economics)
    blinded = ask_rules(turned(held_out), turned(nightly), split, recipe.fleet, recipe.economics)
    for name in RULES:
        assert np.array_equal(honest[name].alerts, blinded[name].alerts), name
    before = ask_logistic(fit_logistic(mart, nightly, columns, split, recipe.economics, SEED), held_out)
    after = ask_logistic(
        fit_logistic(turned(mart), turned(nightly), columns, split, recipe.economics, SEED), turned(held_out)
    )
    assert np.array_equal(before.scores, after.scores)
    assert np.array_equal(before.alerts, after.alerts)


def test_logistic_regression_is_a_fair_peer(
    held_out: pd.DataFrame, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit,
    recipe: Recipe,
) -> None:  # fmt: skip
    """The fixture's law is logistic, so the peer must find it; a straw man would not."""
    answer = ask_logistic(fit_logistic(mart, nightly, columns, split, recipe.economics, SEED), held_out)
    labels = held_out["fails_any"].to_numpy(dtype="float64")
    assert ranking_metrics(labels, answer.scores)["average_precision"] > 0.7


def test_a_model_alerts_at_its_own_threshold_and_names_a_component(held_out: pd.DataFrame, trained: Trained) -> None:
    answer = ask_model(trained.model, held_out)
    assert np.array_equal(answer.alerts, answer.scores >= trained.model.card.threshold)
    assert answer.component is not None
    assert (answer.component[answer.alerts] == "comp1").all()


def test_the_blend_mixes_both_sides() -> None:
    scores = pd.DataFrame({"any": [-1.0, 2.0], "comp1": [-2.0, 3.0], "comp2": [-30.0, 1.0]})
    chance = 1 / (1 + np.exp(-scores[["comp1", "comp2"]]))
    union = 1 - (1 - chance).prod(axis=1)
    expected = scores["any"] / 3 + np.log(union / (1 - union)) * 2 / 3
    assert np.allclose(blend(scores)["any"], expected)
    assert blend(scores[["any"]]).equals(scores[["any"]])


def test_union_shares_are_the_slope_of_the_unions_log_odds() -> None:
    scores = pd.DataFrame({"any": [0.0], "comp1": [-1.0], "comp2": [0.5]})
    for name in ("comp1", "comp2"):
        nudged = scores.assign(**{name: scores[name] + 1e-6})
        slope = 1.5 * (blend(nudged)["any"] - blend(scores)["any"]) / 1e-6
        assert np.allclose(slope, union_shares(scores[["comp1", "comp2"]])[name], atol=1e-4)


def test_blended_parts_are_the_slopes_of_the_blend() -> None:
    """One part for each target: what the blend gains by that target's log-odds."""
    scores = pd.DataFrame({"any": [0.3, -2.0], "comp1": [-1.0, 2.0], "comp2": [0.5, -4.0]})
    targets = ("any", "comp1", "comp2")
    parts = {name: np.tile(np.eye(3)[at], (2, 1)) for at, name in enumerate(targets)}
    found = blend_parts(parts, scores)
    for at, name in enumerate(targets):
        slope = (blend(scores.assign(**{name: scores[name] + 1e-6}))["any"] - blend(scores)["any"]) / 1e-6
        assert np.allclose(found[:, at], slope, atol=1e-4), name
    assert np.array_equal(blend_parts({"any": parts["any"]}, scores[["any"]]), parts["any"])
