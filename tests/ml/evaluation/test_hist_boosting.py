"""The other tree model: made by the champion's own procedure, so that only the booster is another."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.hist_boosting import (
    SKLEARN_BINS,
    HistBoosting,
    ask_hist_boosting,
    fit_bags,
    fit_hist_boosting,
    raw_scores,
)
from ml.mart.columns import ANY, MartColumns, label
from ml.metrics.row_metrics import ranking_metrics
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within


@pytest.fixture(scope="module")
def quick(recipe: Recipe) -> Recipe:
    return replace(recipe, training=recipe.training.model_copy(update={"iterations": 20}))


@pytest.fixture(scope="module")
def fitted(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit, quick: Recipe
) -> HistBoosting:
    made = fit_hist_boosting(mart, nightly, columns, split, quick)
    assert made is not None
    return made


def test_it_is_no_straw_man(fitted: HistBoosting, nightly: pd.DataFrame, split: TimeSplit) -> None:
    """The fixture's failures follow one column: any tree finds it."""
    rows = within(nightly, split.holdout_start, split.holdout_end)
    answer = ask_hist_boosting(fitted, rows)
    labels = rows[label(ANY)].to_numpy(dtype="float64")
    assert ranking_metrics(labels, answer.scores)["average_precision"] > 0.7
    assert np.array_equal(answer.alerts, answer.scores >= fitted.threshold)
    assert answer.component is not None
    assert set(answer.component[answer.alerts]) == {"comp1"}
    assert answer.scores[labels == 0].mean() < 0.1, "calibrated: what does not fail has a small probability"


def test_it_reads_no_held_out_outcome_and_is_the_same_again(
    fitted: HistBoosting, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit,
    quick: Recipe,
) -> None:  # fmt: skip
    def turned(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(fails_any=rows["fails_any"].mask(rows["as_of"] > split.train_end, 1 - rows["fails_any"]))

    again = fit_hist_boosting(turned(mart), turned(nightly), columns, split, quick)
    assert again is not None
    assert again.threshold == fitted.threshold
    rows = nightly.tail(200)
    pd.testing.assert_frame_equal(again.probabilities(rows), fitted.probabilities(rows))


def test_no_failure_to_learn_from_leaves_it_out(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, split: TimeSplit, quick: Recipe
) -> None:
    assert fit_hist_boosting(mart.assign(fails_any=0.0), nightly, columns, split, quick) is None


def test_fewer_trees_are_the_first_of_them(mart: pd.DataFrame, columns: MartColumns, quick: Recipe) -> None:
    four, eight = (fit_bags(mart, columns, ANY, trees, quick.fleet, quick.training) for trees in (4, 8))
    rows = mart.tail(100)
    assert np.allclose(raw_scores(eight, rows, columns, 4), raw_scores(four, rows, columns, 0))
    assert not np.allclose(raw_scores(eight, rows, columns, 0), raw_scores(four, rows, columns, 0))


def test_more_machine_models_than_it_can_hold_and_new_ones(
    mart: pd.DataFrame, columns: MartColumns, quick: Recipe
) -> None:
    many = mart.assign(model=[f"type {at % (2 * SKLEARN_BINS)}" for at in range(len(mart))])
    made = fit_bags(many, columns, ANY, 2, quick.fleet, quick.training)
    new = mart.tail(50).assign(model=["never seen", "nor this"] * 25)
    assert np.isfinite(raw_scores(made, new, columns, 0)).all()


def test_a_column_that_was_never_known_splits_nothing(mart: pd.DataFrame, columns: MartColumns, quick: Recipe) -> None:
    """As a long window's shift is before the first fold of a short history."""
    made = fit_bags(mart.assign(volt_mean_24h=np.nan), columns, ANY, 4, quick.fleet, quick.training)
    rows = mart.tail(50)
    assert np.array_equal(
        raw_scores(made, rows, columns, 0), raw_scores(made, rows.assign(volt_mean_24h=9.0), columns, 0)
    )


def test_a_model_is_known_by_its_name_in_whatever_rows_it_is_asked(
    mart: pd.DataFrame, columns: MartColumns, quick: Recipe
) -> None:
    """Categories are counted anew in each frame: a row asked alone must answer as among others."""
    by_model = mart.assign(fails_any=np.where(mart["model"] == "model2", mart["fails_any"], 0.0))
    made = fit_bags(by_model, columns, ANY, 10, quick.fleet, quick.training)
    rows = mart.tail(60)
    alone = np.concatenate([raw_scores(made, rows.iloc[[at]], columns, 0) for at in range(len(rows))])
    assert np.array_equal(alone, raw_scores(made, rows, columns, 0))


def test_what_scores_a_night_does_not_load_scikit_learn() -> None:
    asked = "import sys, steps.score; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
