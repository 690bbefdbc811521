from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.mart.columns import WEIGHT, MartColumns, mart_columns, model_inputs
from ml.mart.load import load_mart, load_night
from ml.mart.sample import load_sample
from settings import Settings

BEGIN, END = datetime(2024, 12, 31), datetime(2025, 2, 10)


@pytest.fixture
def con(mart: pd.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.register("frame", mart.drop(columns=[WEIGHT]))
        con.execute("create table feature_mart as from frame")
        con.execute("update feature_mart set label_status = 'censored' where machine_id = 'm1'")
        yield con


def sample(con: duckdb.DuckDBPyConnection, columns: MartColumns, settings: Settings, **changed: int) -> pd.DataFrame:
    training = settings.workspace.training.model_copy(update=changed)
    return load_sample(con, BEGIN, END, training, columns)


def test_where_all_rows_fit_they_all_weigh_one(
    con: duckdb.DuckDBPyConnection, columns: MartColumns, settings: Settings
) -> None:
    rows = sample(con, columns, settings)
    expected = load_mart(con, BEGIN, END, mature_only=True)
    assert rows[["machine_id", "as_of"]].equals(expected[["machine_id", "as_of"]])
    assert "m1" not in set(rows["machine_id"])
    assert (rows[WEIGHT] == 1).all()


def test_a_label_that_was_known_too_late_is_left_out(
    con: duckdb.DuckDBPyConnection, columns: MartColumns, settings: Settings
) -> None:
    whole, moment = sample(con, columns, settings), END + timedelta(days=1)
    late = whole.loc[whole["fails_any"] == 1, ["machine_id", "as_of"]].iloc[:2].reset_index(drop=True)
    late["known_at"] = [moment, moment + timedelta(microseconds=1)]
    con.execute("create table late_labels as from late")
    training = settings.workspace.training
    for rows in (
        load_sample(con, BEGIN, END, training, columns, moment),
        load_mart(con, BEGIN, END, mature_only=True, known_by=moment),
    ):
        assert len(rows) == len(whole) - 1
        kept = rows.merge(late, on=["machine_id", "as_of"])
        assert kept["known_at"].tolist() == [moment]
    assert len(load_mart(con, BEGIN, END, mature_only=True)) == len(whole)


def test_where_they_do_not_the_failing_stay_and_the_others_are_stood_for(
    con: duckdb.DuckDBPyConnection, columns: MartColumns, settings: Settings
) -> None:
    whole, rows = sample(con, columns, settings), sample(con, columns, settings, max_rows=900)
    assert len(whole) > 3000
    assert 750 < len(rows) < 1050
    assert rows["fails_any"].sum() == whole["fails_any"].sum()
    assert (rows.loc[rows["fails_any"] == 1, WEIGHT] == 1).all()
    assert np.isclose(rows[WEIGHT].sum(), len(whole), rtol=0.12)
    assert rows.groupby("machine_id").size().min() > 5, "drawn over all machines"


def test_the_same_rows_give_the_same_sample_in_any_order(
    con: duckdb.DuckDBPyConnection, columns: MartColumns, settings: Settings
) -> None:
    first = sample(con, columns, settings, max_rows=900)
    con.execute("create or replace table feature_mart as select * from feature_mart order by random()")
    assert sample(con, columns, settings, max_rows=900).equals(first)
    assert not sample(con, columns, settings, max_rows=900, seed=8)["as_of"].equals(first["as_of"])


def test_no_row_outside_the_span_is_read(
    con: duckdb.DuckDBPyConnection, columns: MartColumns, settings: Settings
) -> None:
    rows = sample(con, columns, settings)
    assert rows["as_of"].max() <= END < datetime(2025, 2, 10) + timedelta(days=1)
    assert rows["as_of"].min() > BEGIN


def test_what_is_left_out_is_no_feature(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    fleet, training = settings.fleet, settings.workspace.training
    columns = mart_columns(con, fleet, training)
    assert {"volt_shift_24h", "volt_n_24h", "volt_mean_24h"} <= set(columns.features), "sets leave out, not the mart"
    names = columns.without(("*_n_*", "*_shift_??h")).features
    assert names == tuple(name for name in columns.features if "_n_" not in name and "_shift_" not in name)
    assert columns.only({"volt_n_24h", "no_such", "volt_mean_24h"}).features == ("volt_n_24h", "volt_mean_24h")
    names = mart_columns(con, fleet, training.model_copy(update={"leave_out": ("volt_*",)})).features
    assert "rotate_n_24h" in names
    assert not [name for name in names if name.startswith("volt")]


def test_a_pattern_is_no_word_on_the_name_of_a_sensor() -> None:
    features = ("oil_mean_temp_lag", "oil_mean_temp_mean_24h", "oil_mean_24h", "e_mean_1_hours_since", "model")
    columns = MartColumns(features, ("any",), ("oil", "oil_mean_temp", "e_mean_1"))
    assert columns.without(["*_mean_*"]).features == ("oil_mean_temp_lag", "e_mean_1_hours_since", "model")
    assert columns.without(["oil_mean_temp_*"]).features == ("oil_mean_24h", "e_mean_1_hours_since", "model")
    assert columns.without(["*temp*"]).features == ("oil_mean_24h", "e_mean_1_hours_since", "model")


def test_a_night_is_read_in_the_columns_asked_for_as_the_mart_has_them(con: duckdb.DuckDBPyConnection) -> None:
    night = datetime(2025, 1, 5, 6)
    con.execute("alter table feature_mart alter column errors_count_24h type integer")
    con.execute("alter table feature_mart alter column volt_mean_24h type float")
    con.execute(
        "update feature_mart set age = null, errors_count_24h = null, model = null, volt_mean_24h = null "
        "where machine_id = 'm1'"
    )
    names = ["model", "age", "volt_mean_24h", "errors_count_24h"]
    rows = load_night(con, night, ["no_such_column", *names])
    whole = load_mart(con, night - timedelta(microseconds=1), night)[["machine_id", "as_of", *names]]
    pd.testing.assert_frame_equal(
        rows.sort_values("machine_id", ignore_index=True), whole.astype({"errors_count_24h": "float64"})
    )
    assert rows.loc[rows["machine_id"] == "m1", names].isna().sum(axis=1).item() == 4


def test_a_models_inputs_are_numbers_and_words_whatever_is_missing() -> None:
    frame = pd.DataFrame({"model": ["a", None, "b"], "age": [1, 2, 3], "volt": [0.5, None, 2.0]}, index=[4, 4, 7])
    inputs = model_inputs(frame, ("volt", "model", "age"), ("model",))
    expected = {"volt": [0.5, np.nan, 2.0], "model": ["a", "unknown", "b"], "age": [1.0, 2.0, 3.0]}
    pd.testing.assert_frame_equal(inputs, pd.DataFrame(expected, index=[4, 4, 7]))
