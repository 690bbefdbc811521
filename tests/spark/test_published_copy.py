"""Spark reads the published Parquet files under their stable names, as DuckDB does."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from delivery.publishing.snapshots import LATEST, publish
from tests.delivery.publishing.older_kit import every_kind_of_value

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_spark_reads_a_file_and_a_folder_of_months(session: "SparkSession", tmp_path: Path) -> None:
    con = duckdb.connect()
    every_kind_of_value(con)
    publish(con, tmp_path, {"kinds": "kinds", "whole": "kinds", "empty": "empty"}, growing=["kinds"])
    asked = "select count(*), sum(counted), cast(sum(fixed) as double), max(as_of), count(reasons) from kinds"
    [expected] = con.execute(asked).fetchall()
    for name in ("kinds", "whole.parquet"):
        session.read.parquet(str(tmp_path / LATEST / name)).createOrReplaceTempView("kinds")
        [found] = session.sql(asked).collect()
        assert tuple(found) == expected, name
    empty = session.read.parquet(str(tmp_path / LATEST / "empty.parquet"))
    assert (empty.count(), empty.dtypes) == (0, session.table("kinds").dtypes)


def test_moments_of_pandas_are_read_as_well(session: "SparkSession", tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute("create table nights as select timestamp_ns '2025-01-01 06:00' as as_of")
    publish(con, tmp_path, {"nights": "nights"})
    [row] = session.read.parquet(str(tmp_path / LATEST / "nights.parquet")).collect()
    assert row.as_of == datetime(2025, 1, 1, 6)
