"""The steps of a night and of a training come out the same on either engine."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from ml.mart.nights import NightNotReady
from ml.spark.prediction_log import TABLE
from settings import Settings
from steps.score import score_nights
from steps.train import train_challenger
from tests.spark.ml.conftest import NIGHT, Champion
from warehouse.connection import open_warehouse

pytestmark = pytest.mark.spark

NIGHTS = [NIGHT - timedelta(days=1), NIGHT]


@pytest.fixture
def workspace(on_spark: Settings, lake: Any) -> Iterator[Settings]:
    """The Spark workspace, with nothing scored yet."""
    if lake.catalog.databaseExists("ml"):
        lake.sql(f"drop table if exists {TABLE}")
    with open_warehouse(on_spark) as con:
        con.execute("drop table if exists ml.nights")
        con.execute(f"drop view if exists {TABLE}")
    yield on_spark
    if lake.catalog.databaseExists("ml"):
        lake.sql(f"drop table if exists {TABLE}")


def told(settings: Settings, sql: str) -> pd.DataFrame:
    with open_warehouse(settings, read_only=True) as con:
        return con.execute(sql).df()


def test_the_log_and_the_nights_are_duckdbs_through_the_window(workspace: Settings, settings: Settings) -> None:
    for engine in (workspace, settings):
        predictions, nights = score_nights(engine, NIGHTS)
        assert len(predictions) == 48
        assert nights["silent"].tolist() == [0, 1]
    for table in (f"{TABLE} order by as_of, machine_id", "ml.nights order by as_of"):
        found, expected = (told(engine, f"from {table}") for engine in (workspace, settings))
        told_alike = [name for name in expected if name != "scored_at"]
        assert found.columns.tolist() == expected.columns.tolist()
        pd.testing.assert_frame_equal(found[told_alike], expected[told_alike], check_exact=True)


def test_scoring_again_replaces_in_the_window_what_was_answered(workspace: Settings) -> None:
    score_nights(workspace, NIGHTS)
    before = told(workspace, f"from {TABLE} order by all")
    score_nights(workspace, NIGHTS)
    after = told(workspace, f"from {TABLE} order by all")
    assert len(before) == len(after) == 48
    assert before["scored_at"].max() < after["scored_at"].min()


def test_a_night_beyond_the_data_is_entered_as_not_scored(workspace: Settings) -> None:
    predictions, nights = score_nights(workspace, [datetime(2025, 6, 1, 6)])
    assert len(predictions) == 0
    assert nights["status"].tolist() == ["not scored"]
    assert len(told(workspace, f"from {TABLE}")) == 0


def test_where_one_night_cannot_be_scored_none_is_written(workspace: Settings, lake: Any) -> None:
    with pytest.raises(NightNotReady, match="2024-04-01"):
        score_nights(workspace, [NIGHT, datetime(2024, 4, 1, 6)])
    assert not lake.catalog.tableExists(TABLE)


def test_a_training_on_spark_reads_the_rows_that_duckdbs_did(workspace: Settings, champion: Champion) -> None:
    """The registry knows the fingerprint of these rows: nothing is left to train."""
    outcome = train_challenger(workspace)
    assert outcome.trained is None
    assert outcome.version == champion.version


def test_training_draws_its_sample_on_spark(workspace: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Drawn(Exception):
        pass

    def drawing(session: Any, *given: Any) -> pd.DataFrame:
        assert session.table("main.feature_mart").columns[0] == "machine_id"
        raise Drawn

    monkeypatch.setattr("ml.spark.sample.load_sample", drawing)
    with pytest.raises(Drawn):
        train_challenger(workspace)
