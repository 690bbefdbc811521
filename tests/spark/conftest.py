"""One Spark session for all tests of a process: a JVM takes seconds to start."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from settings import load_settings
from warehouse.spark.session import spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """Spark on two cores; its metastore lies in a folder of its own, schemas in the home of each test's workspace."""
    env = {
        "NIGHTSHIFT_HOME": str(tmp_path_factory.mktemp("spark")),
        "NIGHTSHIFT_TARGET": "spark",
        "NIGHTSHIFT_SPARK_MEMORY": "3g",
        "NIGHTSHIFT_SPARK_JAVA": "-XX:TieredStopAtLevel=1",  # fleets are small, and commands short
        "NIGHTSHIFT_SPARK_PARTITIONS": "2",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        with spark_session(load_settings()) as opened:
            yield opened
