"""Horizons beyond the first: learnt from what was known, judged on the folds, and never below a shorter one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.mart.columns import MartColumns, label
from ml.models.calibration import Calibrator
from ml.models.model import Model, ModelCard, load_model, model_files, rising, save_model
from ml.scoring.pyfunc import RiskModel
from ml.training.fingerprint import training_fingerprint
from ml.training.horizons import fit_horizons, learnable_horizons
from ml.training.recipe import Recipe
from ml.training.time_split import TimeSplit, within
from ml.training.train import Trained, train


@pytest.fixture(scope="module")
def further(mart: pd.DataFrame) -> pd.DataFrame:
    """The mart fails within 48 h where it does within 24 h, at the row or a day later; nothing within 72 h."""
    fails = mart.set_index(["machine_id", "as_of"])[label("any")]
    later = pd.MultiIndex.from_arrays([mart["machine_id"], mart["as_of"] + timedelta(days=1)])
    tomorrow = fails.reindex(later)
    both = np.fmax(fails.to_numpy(), tomorrow.to_numpy())
    return pd.DataFrame({48: both, 72: np.where(np.isnan(tomorrow), np.nan, 0.0)}, index=mart.index)


@pytest.fixture(scope="module")
def ahead(
    mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit,
    further: pd.DataFrame,
) -> Trained:  # fmt: skip
    return train(mart, nightly, columns, recipe, split, further=further)


def test_what_is_learnt_beside_it_changes_nothing_of_the_first_horizon(
    trained: Trained, ahead: Trained, tmp_path: Path
) -> None:
    for made, name in ((trained, "alone"), (ahead, "ahead")):
        save_model(made.model, tmp_path / name)
    assert {path.name for path in (tmp_path / "ahead").iterdir()} == {
        "48h.cbm", *(path.name for path in (tmp_path / "alone").iterdir())
    }  # fmt: skip
    for file in (tmp_path / "alone").glob("*.cbm"):
        assert file.read_bytes() == (tmp_path / "ahead" / file.name).read_bytes()
    assert replace(ahead.model.card, fingerprint="", further={}) == replace(trained.model.card, fingerprint="")
    assert ahead.tuning.equals(trained.tuning)


def test_its_labels_are_part_of_what_a_model_is_made_from(
    trained: Trained, ahead: Trained, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe,
    split: TimeSplit, further: pd.DataFrame,
) -> None:  # fmt: skip
    other = further.copy()
    other.iloc[0, 0] = np.nan
    prints = {training_fingerprint(mart, nightly, columns, recipe, split, labels) for labels in (None, further, other)}
    assert len(prints) == 3
    assert {trained.model.card.fingerprint, ahead.model.card.fingerprint} < prints


def test_a_horizon_of_one_outcome_is_not_learnt(ahead: Trained) -> None:
    assert list(ahead.model.card.further) == list(ahead.model.further) == [48]


def test_the_same_labels_give_the_same_bytes_and_a_folder_gives_the_model_back(
    ahead: Trained, mart: pd.DataFrame, nightly: pd.DataFrame, columns: MartColumns, recipe: Recipe, split: TimeSplit,
    further: pd.DataFrame, tmp_path: Path,
) -> None:  # fmt: skip
    save_model(ahead.model, tmp_path / "first")
    save_model(train(mart, nightly, columns, recipe, split, further=further).model, tmp_path / "again")
    for file in model_files(tmp_path / "first"):
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name
    loaded = load_model(tmp_path / "first")
    assert loaded.card == ahead.model.card
    for found, expected in zip(loaded.answers(mart), ahead.model.answers(mart), strict=True):
        assert found.equals(expected)


def test_it_ranks_and_never_falls_below_the_first(ahead: Trained, mart: pd.DataFrame, further: pd.DataFrame) -> None:
    targets, farther = ahead.model.answers(mart)
    assert targets.equals(ahead.model.probabilities(mart))
    assert list(farther) == [48]
    assert (farther[48] >= targets["any"]).all()
    assert (farther[48] > targets["any"]).any()
    known = further[48].notna()
    assert abs(farther.loc[known, 48].mean() - further.loc[known, 48].mean()) < 0.02
    assert ahead.metrics["folds_48h_grid_average_precision"] > 3 * further[48].mean()


def test_what_lies_within_a_fold_or_later_teaches_no_row_before_it(
    mart: pd.DataFrame, split: TimeSplit, recipe: Recipe, further: pd.DataFrame, columns: MartColumns
) -> None:
    """The gap is the farther horizon's own: a row of two days before a fold would tell what happens inside."""
    rows = within(mart, split.train_start, split.train_end)
    [horizon] = learnable_horizons(rows, further, split, recipe.fleet)
    two_days = timedelta(hours=48)
    for fold in horizon.folds:
        before = horizon.labelled(horizon.before(fold))
        assert before["as_of"].max() == fold.start - two_days
        inside = horizon.labelled(horizon.inside(fold))
        assert inside["as_of"].min() > fold.start
        assert inside["as_of"].max() == min(fold.end, split.holdout_start - two_days)
    assert rows["as_of"].max() > split.holdout_start - two_days
    assert horizon.labelled(horizon.outcomes.notna())["as_of"].max() == split.holdout_start - two_days

    spoiled = further.copy()
    spoiled.loc[mart["as_of"] + two_days > split.holdout_start] = 1.0
    found, again = (
        fit_horizons(learnable_horizons(rows, labels, split, recipe.fleet)[:1], columns, 10, recipe)[48]
        for labels in (further, spoiled)
    )
    assert found.calibrator == again.calibrator
    assert found.average_precision == again.average_precision


def test_labels_that_are_found_and_reported_late_are_left_out_for_longer(
    mart: pd.DataFrame, split: TimeSplit, recipe: Recipe, further: pd.DataFrame
) -> None:
    late = recipe.fleet.feed_latency_hours.model_copy(update={"failures": 12})
    fleet = recipe.fleet.model_copy(update={"found_within_hours": 6, "feed_latency_hours": late})
    [horizon] = learnable_horizons(mart, further, split, fleet)
    assert horizon.labelled(horizon.outcomes.notna())["as_of"].max() <= split.holdout_start - timedelta(hours=66)


def test_without_a_fold_that_can_learn_there_is_none(
    mart: pd.DataFrame, split: TimeSplit, recipe: Recipe, further: pd.DataFrame
) -> None:
    one_sided = further.where(mart["as_of"] > split.folds[-1].start, 0.0)
    assert learnable_horizons(mart, one_sided, split, recipe.fleet) == ()
    assert learnable_horizons(mart, None, split, recipe.fleet) == ()


def test_probabilities_rise_with_the_horizon_whatever_each_booster_says() -> None:
    first = pd.Series([0.1, 0.5, 0.0], index=[7, 8, 9])
    found = rising(
        first, {168: np.array([0.3, 0.6, 0.0]), 48: np.array([0.2, 0.7, 0.0]), 72: np.array([0.0, 0.9, 0.1])}
    )
    assert found.to_dict("list") == {48: [0.2, 0.7, 0.0], 72: [0.2, 0.9, 0.1], 168: [0.3, 0.9, 0.1]}
    assert list(found.index) == [7, 8, 9]
    assert rising(first, {}).shape == (3, 0)


def test_a_card_of_before_there_were_horizons_is_read(trained: Trained) -> None:
    text = trained.model.card.to_json()
    older = text.replace('"further": {},', "")
    assert older != text
    assert ModelCard.from_json(older) == trained.model.card
    farther = replace(trained.model.card, further={48: Calibrator(1.5, -0.5), 168: Calibrator()})
    assert ModelCard.from_json(farther.to_json()) == farther


def test_mlflows_own_tools_are_told_it_too(ahead: Trained, trained: Trained, mart: pd.DataFrame) -> None:
    def names(model: Model) -> list[str]:
        return [str(name) for name in RiskModel(model).predict(mart.head(3)).columns]

    assert names(ahead.model) == [*names(trained.model), "failure_probability_48h"]
