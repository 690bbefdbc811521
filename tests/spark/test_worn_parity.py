"""Wear, slopes and operating regimes on both engines, with rows that come late: the same tables after every night."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.dbt.by_night import days
from tests.dbt.dbt_kit import Nightshift
from tests.dbt.fleets import TROUBLES, make_fleet
from tests.dbt.worn import IN_REGIMES
from tests.spark.spark_kit import GRAINS, SparkNightshift, assert_engines_agree

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

NAMED = {trouble.__name__: number for number, trouble in enumerate(TROUBLES)}
MET = (
    ("late_rows", "planned_replacements"),
    ("corrections", "odd_values"),
    ("comes_back", "replacements_reported_late"),
)
TABLES = ("late_readings", "telemetry_buckets", "sensor_features", "feature_mart")
MADE = {"early_readings": ("machine_id", "first_us", "as_of"), "regime_days": ("day_end", "regime")}


def test_nights_with_late_rows(session: "SparkSession", tmp_path: Path) -> None:
    fleet_vars = {**IN_REGIMES, "min_baseline_readings": 10, "restate_days": 2}
    both = SparkNightshift(session, tmp_path / "spark", fleet_vars), Nightshift(tmp_path / "duck", fleet_vars)
    drops = make_fleet([[], *([NAMED[name] for name in met] for met in MET)], hours=130, seed=17)
    for files in days(drops, 2, seed=5, nights=1):
        for one in both:
            one.land(files)
            one.build()
        counts = assert_engines_agree(*both, {name: GRAINS[name] for name in TABLES} | MADE)
        assert counts["early_readings"] > 16
        assert counts["regime_days"] > 6
