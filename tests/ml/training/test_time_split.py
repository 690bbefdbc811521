from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ml.training.recipe import recipe_of
from ml.training.time_split import time_split, within
from settings import load_settings

LOADED = recipe_of(load_settings(env={}))


@given(
    st.integers(1, 96),
    st.integers(1, 300),
    st.integers(1, 6),
    st.integers(1, 30),
    st.integers(1, 60),
    st.integers(0, 48),
)
def test_no_label_reaches_into_the_next_span(
    horizon: int, history: int, folds: int, fold_nights: int, held_out: int, latency: int
) -> None:
    late = LOADED.fleet.feed_latency_hours.model_copy(update={"failures": latency})
    spans = {"history_days": history, "folds": folds, "fold_nights": fold_nights}
    recipe = replace(
        LOADED,
        training=LOADED.training.model_copy(update=spans),
        evaluation=LOADED.evaluation.model_copy(update={"holdout_nights": held_out}),
        fleet=LOADED.fleet.model_copy(update={"horizon_hours": horizon, "feed_latency_hours": late}),
    )
    known = datetime(2025, 6, 1, 6)
    split = time_split(known, recipe)
    reach = timedelta(hours=horizon + latency)
    assert split.holdout_end + reach <= known
    assert split.holdout_end - split.holdout_start == timedelta(days=held_out)
    assert split.train_end + reach <= split.holdout_start
    assert split.train_end - split.train_start == timedelta(days=history)
    assert len(split.folds) == folds
    assert split.folds[-1].end == split.train_end
    for fold in split.folds:
        assert fold.train_end + reach <= fold.start
        assert fold.end - fold.start == timedelta(days=fold_nights)
    for earlier, later in zip(split.folds, split.folds[1:], strict=False):
        assert earlier.end == later.start


def test_a_span_holds_its_end_and_not_its_start() -> None:
    nights = pd.DataFrame({"as_of": pd.date_range("2025-01-01 06:00", periods=4)})
    start, _, end, _ = nights["as_of"]
    assert within(nights, start, end)["as_of"].tolist() == nights["as_of"].tolist()[1:3]
