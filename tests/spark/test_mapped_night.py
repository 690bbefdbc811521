"""A mapped fleet on Spark: landed, built night by night and told of in a whole night, it holds the tables of DuckDB."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from settings import ROOT
from tests.dbt.deliveries import daily
from tests.dbt.fleets import golden_fleet, make_fleet
from tests.dbt.mapped import MappedFiles, delivered, mappable, mapped_vars
from tests.orchestration.kill_kit import Workspace
from tests.spark.landing_kit import raw_tables, workspace
from tests.spark.spark_kit import (
    GRAINS,
    OUTCOMES,
    WRITTEN,
    SparkNightshift,
    assert_engines_agree,
    assert_homes_agree,
    build,
)
from tests.spark.test_night_parity import last_nights

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

FEATURES = {name: GRAINS[name] for name in ("stg_telemetry", "outages", "failure_labels", "feature_mart")}


class MappedSparkFiles(MappedFiles, SparkNightshift):
    """Such files on Spark."""


class Pair:
    """A workspace of such files on each engine."""

    def __init__(self, session: "SparkSession", folder: Path) -> None:
        fleet_vars = mapped_vars(folder, restate_days=3)
        self.spark = MappedSparkFiles(session, folder / "spark", fleet_vars)
        self.duck = MappedFiles(folder / "duck", fleet_vars)


def test_landed_and_built(session: "SparkSession", tmp_path: Path) -> None:
    pair = Pair(session, tmp_path)
    drops = delivered(mappable(make_fleet([[], [10, 13, 30], [14, 29, 17], [33, 34, 19]], 72, 21)))
    for night in (pair.spark, pair.duck):
        night.land(drops)
        night.build()
    duck = workspace(pair.duck.home, "duckdb", pair.duck.drops, pair.duck.fleet)
    assert raw_tables(pair.spark.settings) == raw_tables(duck)
    assert assert_engines_agree(pair.spark, pair.duck, FEATURES)["feature_mart"] > 0


@pytest.mark.slow
def test_nights_with_late_files(session: "SparkSession", tmp_path: Path) -> None:
    pair = Pair(session, tmp_path)
    for drops in last_nights(daily(mappable(golden_fleet()), 3, seed=1), nights=2):
        for night in (pair.spark, pair.duck):
            night.land(drops)
            build(night)
        counts = assert_engines_agree(pair.spark, pair.duck)
    assert counts["restated_snapshots"] > 0


LIFE = """
import sys
from datetime import date
from orchestration.runs.instance import workspace_instance
from orchestration.commands.run import run_job
from settings import load_settings
with workspace_instance() as instance:
    for job in sys.argv[2:]:
        nights = [date.fromisoformat(sys.argv[1])] if job == "nightly" else None
        run_job(load_settings(), instance, job, nights=nights)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fleet", "jobs"), [("historian", ["nightly"]), ("chillers", ["build", "challenge", "nightly"])]
)
def test_a_whole_night(fleet: str, jobs: Sequence[str], tmp_path: Path) -> None:
    """Of a shipped fleet, as jobs of Dagster: ranked by distance where nothing can be learnt, else by a model."""
    night = {"historian": date(2025, 11, 1), "chillers": date(2016, 5, 29)}[fleet]
    homes = []
    for target in ("spark", "duckdb"):
        env = {"DBT_PROJECT_DIR": str(ROOT / "fleets" / fleet), "NIGHTSHIFT_TARGET": target}
        one = Workspace(tmp_path / target, ROOT / "fleets" / fleet / "sample", env)
        one.home.mkdir()
        process = one.start("-c", LIFE, str(night), *jobs)
        process.communicate()
        assert process.returncode == 0, one.said()
        homes.append(one.home)
    on_spark, on_duckdb = homes
    counts = assert_homes_agree(on_spark, on_duckdb, {**GRAINS, **OUTCOMES, **WRITTEN})
    assert counts["ml.prediction_log"] == counts["fleet_risk_today"] > 0
