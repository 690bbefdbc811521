"""The training sample drawn by Spark is DuckDB's, and so is the fingerprint of what a model is made from."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import duckdb
import pandas as pd
import pytest

from ml.mart.columns import WEIGHT, MartColumns, mart_columns
from ml.mart.nights import fleet_clock
from ml.mart.sample import load_sample
from ml.spark import sample as on_spark
from ml.training.data import load_training_data
from ml.training.recipe import recipe_of
from ml.training.time_split import time_split
from settings import Settings

pytestmark = pytest.mark.spark

BEGIN, END = datetime(2025, 1, 3, 6), datetime(2025, 2, 20, 9)


@pytest.fixture
def columns(con: duckdb.DuckDBPyConnection, settings: Settings) -> MartColumns:
    return mart_columns(con, settings.fleet, settings.workspace.training)


@pytest.mark.parametrize("changed", [{}, {"max_rows": 1500}, {"max_rows": 3001, "seed": 8}, {"max_rows": 1}])
def test_rows_weights_order_and_types_are_the_same(
    con: duckdb.DuckDBPyConnection, lake: Any, columns: MartColumns, settings: Settings, changed: dict[str, int]
) -> None:
    training = settings.workspace.training.model_copy(update=changed)
    expected = load_sample(con, BEGIN, END, training, columns)
    found = on_spark.load_sample(lake, BEGIN, END, training, columns)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert (expected[WEIGHT] > 1).any() == bool(changed), "the case draws where it is meant to"
    assert (expected["fails_any"] == 1).any()


def test_a_span_without_rows_is_an_empty_sample(
    con: duckdb.DuckDBPyConnection, lake: Any, columns: MartColumns, settings: Settings
) -> None:
    span, training = (datetime(2031, 1, 1), datetime(2031, 2, 1)), settings.workspace.training
    found = on_spark.load_sample(lake, *span, training, columns)
    pd.testing.assert_frame_equal(found, load_sample(con, *span, training, columns), check_dtype=False)
    assert len(found) == 0


def test_a_model_made_from_either_has_one_fingerprint(
    con: duckdb.DuckDBPyConnection, lake: Any, settings: Settings
) -> None:
    recipe = recipe_of(settings)
    drawn = replace(recipe, training=recipe.training.model_copy(update={"max_rows": 2000}))
    split = time_split(fleet_clock(con).known_until, drawn)
    samplers = (None, partial(on_spark.load_sample, lake))
    here, there = (load_training_data(con, split, drawn, sampler) for sampler in samplers)
    assert here.fingerprint(drawn) == there.fingerprint(drawn)
    assert len(here.sample) == len(there.sample) < 2200


def test_the_sample_is_drawn_where_the_rows_lie(
    lake: Any, columns: MartColumns, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the rows that are left out, next to none travels to the driver."""
    brought: list[int] = []
    draw = on_spark.draw_sample  # type: ignore[attr-defined]  # the name that is patched

    def counting(con: duckdb.DuckDBPyConnection, *given: Any) -> pd.DataFrame:
        brought.extend(con.execute("select count(*) from feature_mart").fetchone() or ())
        return draw(con, *given)

    monkeypatch.setattr(on_spark, "draw_sample", counting)
    training = settings.workspace.training.model_copy(update={"max_rows": 1500})
    rows = on_spark.load_sample(lake, BEGIN, END, training, columns)
    assert brought == [len(rows)]
