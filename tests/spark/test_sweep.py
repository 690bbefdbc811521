"""What Spark leaves of a table that it was killed while making would bar its making for ever."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.spark.landing_kit import Engines
from warehouse.spark.duckdb_views import refresh_views

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_half_made_tables_are_swept_and_others_stay(session: "SparkSession", tmp_path: Path) -> None:
    from pyspark.errors import PySparkException  # noqa: PLC0415 - this file is read where Spark is not installed

    spark = Engines(tmp_path, session).spark
    main = spark.paths.lake / "main.db"
    session.sql(f"create schema main location '{main}'")
    session.sql("create table main.known using parquet as select 1 as a")
    for half in ("half/_temporary/0/part-0.parquet", "known/.spark-staging-1/part-0.parquet"):
        (main / half).parent.mkdir(parents=True)
        (main / half).touch()
    (main / "unknown").mkdir()
    (main / "unknown/whole.parquet").touch()
    with pytest.raises(PySparkException, match="LOCATION_ALREADY_EXISTS"):
        session.sql("create table main.half using parquet as select 1 as a")
    refresh_views(spark, session)
    session.sql("create table main.half using parquet as select 1 as a")
    assert session.sql("select * from main.known").count() == 1
    assert (main / "unknown/whole.parquet").exists()
