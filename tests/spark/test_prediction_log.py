"""The log on Spark says what DuckDB's says, whatever was repeated, restated or killed on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from ml.prediction_log import write_predictions as write_on_duckdb
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
from settings import ROOT, Settings

pytestmark = pytest.mark.spark

NIGHT = datetime(2025, 3, 1, 6)
KEY = "machine_id, as_of, model_version, features_hash"
TOLD = f"{KEY}, failure_probability, comp1_probability, predicted_component, alert, reasons, scored_at"
# What every reader of the log does.
LAST = f"qualify row_number() over (partition by {KEY} order by scored_at desc) = 1"


def night(
    chance: float, features: str = "f1", version: str = "1", at: int = 0, as_of: datetime = NIGHT, machines: int = 3
) -> pd.DataFrame:
    """A night's predictions, made `at` minutes past; the second machine is silent."""
    names = [f"m{n}" for n in range(machines - 1)] + ["a'; drop table x; --"]
    rows = pd.DataFrame({"machine_id": names, "as_of": pd.Timestamp(as_of).as_unit("us")})
    rows["horizon_hours"] = pd.Series(24, index=rows.index, dtype="int32")
    for name in ("failure", "comp1", "comp2", "comp3", "comp4"):
        rows[f"{name}_probability"] = [chance, float("nan"), *[chance] * (machines - 2)]
    rows["predicted_component"] = ["comp1", None, *["comp2"] * (machines - 2)]
    rows["alert"] = [True, *[False] * (machines - 1)]
    rows["risk_level"] = ["high", "silent", *["normal"] * (machines - 2)]
    rows["recommended_action"] = "Look \"there\"; it's 5 %"
    rows["reasons"] = pd.Series([None] * machines, dtype=object)
    rows["model_name"], rows["model_version"] = "nightshift", version
    rows["features_hash"] = [features, *[f"same{n}" for n in range(machines - 1)]]
    rows["scored_at"] = pd.Timestamp(as_of + timedelta(hours=1, minutes=at)).as_unit("us")
    return rows


@pytest.fixture
def lake(on_spark: Settings) -> Path:
    return on_spark.paths.lake


@pytest.fixture
def log(session: Any) -> Iterator[Any]:
    """The session, with no log yet."""
    session.sql(f"drop table if exists {TABLE}")
    yield session
    session.sql(f"drop table if exists {TABLE}")


def answers(session: Any) -> list[tuple[Any, ...]]:
    found = session.sql(f"select {TOLD} from {TABLE} {LAST} order by {KEY}").collect()
    return [tuple(row) for row in found]


def by_duckdb(*written: pd.DataFrame) -> list[tuple[Any, ...]]:
    """What DuckDB's log holds after the same calls."""
    with duckdb.connect() as con:
        con.execute("create schema ml")
        con.register("first", written[0])
        con.execute(f"create table {TABLE} as from first limit 0")
        con.execute(f"alter table {TABLE} alter predicted_component type varchar")
        con.execute(f"alter table {TABLE} alter reasons type varchar")
        for predictions in written:
            write_on_duckdb(con, predictions)
        return con.execute(f"select {TOLD} from {TABLE} order by {KEY}").fetchall()


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
def test_after_any_history_it_holds_what_duckdbs_holds(log: Any, lake: Path, history: str) -> None:
    for predictions in HISTORIES[history]:
        assert write_predictions(log, predictions, lake) == len(predictions)
    assert answers(log) == by_duckdb(*HISTORIES[history])


def test_scoring_the_same_again_leaves_one_batch_and_features_that_changed_add_one(log: Any, lake: Path) -> None:
    for predictions in HISTORIES["restated and back"]:
        write_predictions(log, predictions, lake)
    assert log.table(TABLE).count() == 6, "of A, B, A the first is gone"
    [latest] = log.sql(f"select max_by(failure_probability, scored_at) from {TABLE} where machine_id = 'm0'").collect()
    assert latest[0] == 0.2


def test_what_a_silent_machine_has_not_got_is_null(log: Any, lake: Path) -> None:
    write_predictions(log, night(0.1), lake)
    [row] = log.sql(f"select failure_probability, reasons from {TABLE} where machine_id = 'm1'").collect()
    assert tuple(row) == (None, None)


def test_a_component_that_is_new_gets_its_column_and_one_that_is_gone_keeps_it(log: Any, lake: Path) -> None:
    write_predictions(log, night(0.1), lake)
    write_predictions(log, night(0.2, "f2", at=5).rename(columns={"comp4_probability": "comp5_probability"}), lake)
    found = log.sql(f"select comp4_probability, comp5_probability from {TABLE} where machine_id = 'm0' order by 1")
    assert [tuple(row) for row in found.collect()] == [(None, 0.2), (0.1, None)]


def test_killed_between_adding_and_dropping_nothing_is_lost_and_readers_see_no_double(log: Any, lake: Path) -> None:
    write_predictions(log, night(0.1), lake)
    append_batch(log, night(0.4, at=5))
    assert len(batches(log, NIGHT.date())) == 2
    assert answers(log) == by_duckdb(night(0.1), night(0.4, at=5))
    write_predictions(log, night(0.3, at=9), lake)
    assert len(batches(log, NIGHT.date())) == 1
    assert answers(log) == by_duckdb(night(0.3, at=9))


def test_a_batch_that_the_catalogue_never_heard_of_is_taken_in(log: Any, lake: Path) -> None:
    """Killed after the file was in its place and before the partition was known."""
    make_table(log, night(0.1))
    append_batch(log, night(0.1))
    folder = lake / "ml.db/prediction_log" / f"day={NIGHT:%Y-%m-%d}" / f"batch={batch_name(night(0.1))}"
    aside = folder.rename(lake / "aside")
    drop_older(log, night(0.1))
    log.sql(f"alter table {TABLE} drop partition (day = date'{NIGHT:%Y-%m-%d}')")
    folder.parent.mkdir(exist_ok=True)
    aside.rename(folder)
    assert answers(log) == []
    take_in_cut_off(log, lake, date(2025, 3, 1))
    assert answers(log) == by_duckdb(night(0.1))
    write_predictions(log, night(0.2, at=5), lake)
    assert [path.name for path in folder.parent.glob("batch=*")] == [f"batch={batch_name(night(0.2, at=5))}"]


def test_the_same_predictions_written_twice_are_there_once(log: Any, lake: Path) -> None:
    for _ in range(2):
        write_predictions(log, night(0.1), lake)
    assert log.table(TABLE).count() == 3
