from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from ml.mart import MartColumns
from ml.model import load_model, save_model
from ml.split import NotEnoughHistory
from ml.train import Trained, sample_negatives, train
from settings import Settings

KNOWN = datetime(2025, 3, 1)


@pytest.fixture(scope="module")
def trained(mart: pd.DataFrame, columns: MartColumns, settings: Settings) -> Trained:
    return train(mart, columns, settings, KNOWN)


def test_learns_what_is_there_to_learn(trained: Trained) -> None:
    assert trained.metrics["validation_any_average_precision"] > 0.6
    assert trained.metrics["validation_any_average_precision"] > 5 * trained.model.card.prevalence


def test_rows_the_split_may_not_see_change_nothing(
    trained: Trained, mart: pd.DataFrame, columns: MartColumns, settings: Settings
) -> None:
    """What lies after the known moment, in the gap, or is not mature must not touch a single tree."""
    split = trained.split
    hidden = (mart["as_of"] > split.validation_end) | (
        (mart["as_of"] > split.train_end) & (mart["as_of"] <= split.validation_start)
    )
    assert hidden.sum() > 100
    spoiled = mart.copy()
    spoiled.loc[hidden, ["fails_any", "fails_comp1", "volt_shift_24h"]] = [1.0, 1.0, -99.0]
    pending = mart.head(500).assign(label_status="pending", fails_any=np.nan, volt_shift_24h=-99.0)
    again = train(pd.concat([spoiled, pending]), columns, settings, KNOWN)
    assert replace(again.model.card, fingerprint="") == replace(trained.model.card, fingerprint="")
    assert np.array_equal(again.model.log_odds(mart), trained.model.log_odds(mart))


def test_the_same_data_and_seed_give_the_same_model(
    trained: Trained,
    mart: pd.DataFrame,
    columns: MartColumns,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    again = train(mart, columns, settings, KNOWN)
    assert np.array_equal(again.model.log_odds(mart), trained.model.log_odds(mart))
    folder = tmp_path_factory.mktemp("model")
    save_model(trained.model, folder)
    loaded = load_model(folder)
    assert loaded.card == trained.model.card
    assert np.array_equal(loaded.log_odds(mart), trained.model.log_odds(mart))


def test_too_little_history_is_said_in_a_sentence(mart: pd.DataFrame, columns: MartColumns, settings: Settings) -> None:
    early = mart[mart["as_of"] > KNOWN - timedelta(days=10)]
    with pytest.raises(NotEnoughHistory, match=r"training period holds 0 mature rows .* Land a longer history"):
        train(early, columns, settings, KNOWN)


def test_sampled_negatives_stand_for_all(mart: pd.DataFrame, settings: Settings) -> None:
    few = settings.workspace.training.model_copy(update={"max_negatives_per_positive": 2})
    sample, weights = sample_negatives(mart, few)
    failing = int(mart["fails_any"].sum())
    assert len(sample) == 3 * failing
    assert sample["fails_any"].sum() == failing
    assert np.isclose(weights.sum(), len(mart))
    everything, ones = sample_negatives(mart, few.model_copy(update={"max_negatives_per_positive": 10_000}))
    assert len(everything) == len(mart)
    assert (ones == 1).all()
