"""The log on Spark says what DuckDB's says, whatever was repeated, restated or killed on the way."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ml.scoring.contract import SPARK, prediction_columns
from ml.spark.prediction_log import (
    TABLE,
    append_batch,
    batch_name,
    batches,
    drop_older,
    make_table,
    take_in_cut_off,
    write_predictions,
)
from tests.spark.ml.log_kit import NIGHT, answers, by_duckdb, night

pytestmark = pytest.mark.spark
COMPONENTS = ("comp1", "comp2", "comp3", "comp4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "it's a lake"


@pytest.fixture
def log(session: Any) -> Iterator[Any]:
    """The session, with no log yet."""
    session.sql("drop schema if exists ml cascade")
    yield session
    session.sql("drop schema if exists ml cascade")


HISTORIES = {
    "once": [night(0.1)],
    "again": [night(0.1), night(0.1, at=5)],
    "restated": [night(0.1), night(0.7, "f2", at=5)],
    "restated and back": [night(0.1), night(0.7, "f2", at=5), night(0.2, "f1", at=9)],
    "two versions": [night(0.1), night(0.2, version="2", at=3), night(0.3, at=5)],
    "a machine more": [night(0.1), night(0.2, at=5, machines=4)],
    "two nights at once": [pd.concat([night(0.1), night(0.2, as_of=NIGHT + timedelta(days=1))], ignore_index=True)],
    "two moments of a day": [night(0.1), night(0.1, as_of=NIGHT + timedelta(hours=3), at=5)],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_after_any_history_it_holds_what_duckdbs_holds(log: Any, folder: Path, history: str) -> None:
    for predictions in HISTORIES[history]:
        assert write_predictions(log, predictions, folder) == len(predictions)
    assert answers(log) == by_duckdb(*HISTORIES[history])


def test_scoring_the_same_again_leaves_one_batch_and_features_that_changed_add_one(log: Any, folder: Path) -> None:
    for predictions in HISTORIES["restated and back"]:
        write_predictions(log, predictions, folder)
    assert log.table(TABLE).count() == 6, "of A, B, A the first is gone"
    [latest] = log.sql(f"select max_by(failure_probability, scored_at) from {TABLE} where machine_id = 'm0'").collect()
    assert latest[0] == 0.2


def test_what_a_silent_machine_has_not_got_is_null(log: Any, folder: Path) -> None:
    write_predictions(log, night(0.1), folder)
    [row] = log.sql(f"select failure_probability, reasons from {TABLE} where machine_id = 'm1'").collect()
    assert tuple(row) == (None, None)


def test_a_component_that_is_new_gets_its_column_and_one_that_is_gone_keeps_it(log: Any, folder: Path) -> None:
    write_predictions(log, night(0.1), folder)
    write_predictions(log, night(0.2, "f2", at=5).rename(columns={"comp4_probability": "comp5_probability"}), folder)
    found = log.sql(f"select comp4_probability, comp5_probability from {TABLE} where machine_id = 'm0' order by 1")
    assert [tuple(row) for row in found.collect()] == [(None, 0.2), (0.1, None)]


def test_a_log_from_before_there_were_some_columns_gets_them(log: Any, folder: Path) -> None:
    older = night(0.1).drop(columns=["reason_records", "failure_probability_48h"])
    make_table(log, older, folder)
    append_batch(log, older)
    write_predictions(log, night(0.2, "f2", at=5).assign(reason_records="[]"), folder)
    told = "reason_records, failure_probability_48h"
    found = log.sql(f"select {told} from {TABLE} where machine_id = 'm0' order by scored_at")
    assert [tuple(row) for row in found.collect()] == [(None, None), ("[]", 0.2)]


def test_its_columns_and_types_are_the_contracts(log: Any, folder: Path) -> None:
    make_table(log, night(0.1), folder)
    owned = [(column.name, SPARK[column.kind]) for column in prediction_columns(COMPONENTS, (48,))]
    assert log.table(TABLE).dtypes == [*owned, ("day", "date"), ("batch", "string")]


def test_killed_between_adding_and_dropping_nothing_is_lost_and_readers_see_no_double(log: Any, folder: Path) -> None:
    write_predictions(log, night(0.1), folder)
    append_batch(log, night(0.4, at=5))
    assert len(batches(log, NIGHT.date())) == 2
    assert answers(log) == by_duckdb(night(0.1), night(0.4, at=5))
    write_predictions(log, night(0.3, at=9), folder)
    assert len(batches(log, NIGHT.date())) == 1
    assert answers(log) == by_duckdb(night(0.3, at=9))


def test_a_batch_that_the_catalogue_never_heard_of_is_taken_in(log: Any, folder: Path) -> None:
    """Killed after the file was in its place and before the partition was known."""
    make_table(log, night(0.1), folder)
    append_batch(log, night(0.1))
    batch = folder / "ml.db/prediction_log" / f"day={NIGHT:%Y-%m-%d}" / f"batch={batch_name(night(0.1))}"
    aside = batch.rename(folder / "aside")
    drop_older(log, night(0.1))
    log.sql(f"alter table {TABLE} drop partition (day = date'{NIGHT:%Y-%m-%d}')")
    batch.parent.mkdir(exist_ok=True)
    aside.rename(batch)
    assert answers(log) == []
    take_in_cut_off(log, NIGHT.date())
    assert answers(log) == by_duckdb(night(0.1))
    write_predictions(log, night(0.2, at=5), folder)
    assert [path.name for path in batch.parent.glob("batch=*")] == [f"batch={batch_name(night(0.2, at=5))}"]


def test_the_same_predictions_written_twice_are_there_once(log: Any, folder: Path) -> None:
    for _ in range(2):
        write_predictions(log, night(0.1), folder)
    assert log.table(TABLE).count() == 3
