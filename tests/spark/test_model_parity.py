"""The same rows on both engines: every table, every cell, to 1e-9, NULL for NULL."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dbt.dbt_kit import Drops, Nightshift
from tests.dbt.fleets import golden_fleet
from tests.dbt.golden import SHORT
from tests.spark.spark_kit import SparkNightshift, assert_engines_agree, build

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def both(session: "SparkSession", folder: Path, drops: Drops, fleet_vars: dict[str, Any]) -> None:
    spark, duck = SparkNightshift(session, folder / "spark", fleet_vars), Nightshift(folder / "duck", fleet_vars)
    for night in (spark, duck):
        night.land(drops)
        build(night)
    counts = assert_engines_agree(spark, duck)
    assert counts["feature_mart"] > 0


def test_every_trouble_once(session: "SparkSession", tmp_path: Path) -> None:
    both(session, tmp_path, golden_fleet(), SHORT)
