"""A dbt on Spark that is killed while it makes the features, and simply run again: the tables of DuckDB."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.engine import land_drops
from settings import ROOT, Settings, load_settings
from tests.dbt.dbt_kit import columns, feed_of, fleet, write_csv
from tests.dbt.fleets import golden_fleet
from tests.spark.cluster_kit import tables_being_written
from tests.spark.landing_kit import workspace
from tests.spark.spark_kit import GRAINS, assert_homes_agree
from warehouse.spark.cluster.processes import wait_until

pytestmark = pytest.mark.spark

SHOW = "from ingestion.engine import show_tables; from settings import load_settings; show_tables(load_settings())"
DBT = [str(Path(sys.executable).with_name("dbt")), "run", "--exclude", "path:dbt_project/models/outcomes"]


def start(settings: Settings, *command: str) -> "subprocess.Popen[bytes]":
    paths, target = settings.paths, settings.workspace.engine.target
    env = {**os.environ, "NIGHTSHIFT_HOME": str(paths.home), "NIGHTSHIFT_DROPS": str(paths.drops),
           "NIGHTSHIFT_TARGET": target, "NIGHTSHIFT_SPARK_MEMORY": "1g", "NIGHTSHIFT_SPARK_PARTITIONS": "2",
           "DBT_TARGET_PATH": str(paths.home / "dbt"), "DBT_LOG_PATH": str(paths.home / "dbt")}  # fmt: skip
    return subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)


def run(settings: Settings, *command: str) -> None:
    assert start(settings, *command).wait() == 0, command


@pytest.mark.slow
def test_a_build_killed_while_it_makes_features(tmp_path: Path) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    for name, rows in golden_fleet().items():
        write_csv(drops / name, columns(feed_of(name), fleet()), rows)
    spark, duck = (
        workspace(tmp_path / target, target, drops, load_settings(env={}).fleet) for target in ("spark", "duckdb")
    )
    land_drops(duck)
    run(duck, *DBT)
    run(spark, sys.executable, "-m", "ingestion")
    killed = start(spark, *DBT)
    wait_until(lambda: "main.sensor_features" in tables_being_written(spark.paths.lake), 300, "features being made")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    run(spark, sys.executable, "-m", "ingestion")  # sweeps what is half made
    run(spark, *DBT)
    run(spark, sys.executable, "-c", SHOW)
    assert assert_homes_agree(spark.paths.home, duck.paths.home, GRAINS)["feature_mart"] > 0
