"""A night scored by Spark's workers is the night that DuckDB scores."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from ml.mart.load import load_night
from ml.mart.silence import reading_counts
from ml.scoring.score import columns_to_score, score
from ml.spark.scoring import night_condition, score_night
from ml.spark.shipping import ship
from ml.spark.worker import answer_batches, shipped_model
from settings import Settings
from tests.spark.ml.conftest import NIGHT, SILENT, UNKNOWN, Champion

pytestmark = pytest.mark.spark
SCORED_AT = datetime(2025, 3, 12, 6, 5)


def by_duckdb(con: duckdb.DuckDBPyConnection, night: datetime, champion: Champion, settings: Settings) -> pd.DataFrame:
    rows = load_night(con, night, columns_to_score(champion.model, settings.fleet, settings.workspace.scoring))
    return in_order(score(rows, champion.model, champion.version, settings, SCORED_AT))


def by_spark(session: Any, night: datetime, champion: Champion, settings: Settings) -> pd.DataFrame:
    bundle = ship(session, champion.files)
    return in_order(score_night(session, night, champion.model, bundle, champion.version, settings, SCORED_AT))


def in_order(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions.sort_values("machine_id", ignore_index=True)


@pytest.mark.parametrize("back", [0, 1, 20])
def test_every_column_of_a_night_is_the_same_to_the_last_bit(
    con: duckdb.DuckDBPyConnection, lake: Any, champion: Champion, settings: Settings, back: int
) -> None:
    night = NIGHT - timedelta(days=back)
    expected = by_duckdb(con, night, champion, settings)
    assert len(expected) == 24
    assert 6 <= expected["reasons"].notna().sum() < 24
    pd.testing.assert_frame_equal(by_spark(lake, night, champion, settings), expected, check_exact=True)


def test_a_silent_machine_and_one_of_unknown_model(lake: Any, champion: Champion, settings: Settings) -> None:
    found = by_spark(lake, NIGHT, champion, settings)
    levels, chances = (found.set_index("machine_id")[name] for name in ("risk_level", "failure_probability"))
    assert levels[SILENT] == "silent"
    assert chances.isna()[SILENT]
    assert chances.between(0, 1)[UNKNOWN]
    assert (found["risk_level"] == "silent").sum() == 1


def test_reasons_go_to_every_alert(
    con: duckdb.DuckDBPyConnection, lake: Any, champion: Champion, settings: Settings
) -> None:
    """With a threshold that every machine reaches."""
    eager = replace(champion.model, card=replace(champion.model.card, threshold=0.0))
    low = replace(champion, model=eager)
    found = by_spark(lake, NIGHT, low, settings)
    assert found["alert"].sum() == found["reasons"].notna().sum() == 23
    pd.testing.assert_frame_equal(found, by_duckdb(con, NIGHT, low, settings), check_exact=True)


def test_a_night_without_rows_is_empty_in_the_same_columns(
    con: duckdb.DuckDBPyConnection, lake: Any, champion: Champion, settings: Settings
) -> None:
    night = datetime(2031, 1, 1, 6)
    found, expected = (by(source, night, champion, settings) for by, source in ((by_spark, lake), (by_duckdb, con)))
    assert len(found) == 0
    assert list(found.columns) == list(expected.columns)


def test_a_process_reads_the_model_once_however_many_batches_it_answers(
    lake: Any, champion: Champion, settings: Settings
) -> None:
    bundle, counts = ship(lake, champion.files), reading_counts(settings.fleet, settings.workspace.scoring)
    components, further = settings.fleet.components, settings.fleet.further_horizons

    def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import os  # noqa: PLC0415 - on the worker

        rows = batch_count = 0
        for batch in batches:
            for at in range(0, batch.num_rows, 4):
                [answers] = answer_batches([batch.slice(at, 4)], bundle, components, further, counts)
                rows, batch_count = rows + answers.num_rows, batch_count + 1
        read = shipped_model.cache_info()
        yield pa.RecordBatch.from_pylist(
            [{"pid": os.getpid(), "rows": rows, "batches": batch_count, "loads": read.misses, "reused": read.hits}]
        )

    night = lake.table("main.feature_mart").where(night_condition(NIGHT)).repartition(4)
    told = night.mapInArrow(counted, "pid long, rows long, batches long, loads long, reused long")
    first, again = (told.toPandas() for _ in range(2))
    assert first["rows"].sum() == 24
    assert first["batches"].sum() >= 6
    assert first["reused"].max() >= 2, "batches after the first find the model"
    loads = pd.concat([first, again]).groupby("pid")["loads"]
    assert (loads.max() == loads.min()).all(), "nor is it read again by a later task"
