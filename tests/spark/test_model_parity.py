"""The same rows on both engines: every table, every cell, to 1e-9, NULL for NULL."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from settings import ROOT
from tests.dbt.dbt_kit import Drops, Nightshift, Row
from tests.dbt.fleets import TROUBLES, golden_fleet, make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.kinds import KINDS, of_kinds
from tests.dbt.outcome_fleets import outcome_fleet
from tests.spark.spark_kit import GRAINS, OUTCOMES, SparkNightshift, assert_engines_agree, build
from warehouse.connection import connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

QUARTER = ROOT / "../shared/data/azure_pdm"
SOME_MACHINES = 25
OTHER: dict[str, Any] = {
    "snapshot_every_hours": 6, "scoring_hour": 7, "feed_latency_hours": {"errors": 2, "failures": 7},
    "horizon_hours": 25, "windows_hours": [2, 5, 24], "sensor_decimals": 3,
}  # fmt: skip


def pair(session: "SparkSession", folder: Path, fleet_vars: dict[str, Any]) -> tuple[SparkNightshift, Nightshift]:
    return SparkNightshift(session, folder / "spark", fleet_vars), Nightshift(folder / "duck", fleet_vars)


def check(session: "SparkSession", folder: Path, drops: Drops, fleet_vars: dict[str, Any]) -> None:
    spark, duck = pair(session, folder, fleet_vars)
    for night in (spark, duck):
        night.land(drops)
        build(night)
    counts = assert_engines_agree(spark, duck)
    assert counts["feature_mart"] > 0


def test_every_trouble_once(session: "SparkSession", tmp_path: Path) -> None:
    check(session, tmp_path, golden_fleet(), SHORT)


@pytest.mark.slow
def test_counters_states_and_readings_that_hold(session: "SparkSession", tmp_path: Path) -> None:
    check(session, tmp_path, of_kinds(make_fleet([[], [10, 13, 30], [14, 29]], 100, 21)), KINDS)


def test_a_random_fleet_with_other_vars(session: "SparkSession", tmp_path: Path) -> None:
    random_fleet(session, tmp_path, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *range(2, 12)])
def test_many_random_fleets(seed: int, session: "SparkSession", tmp_path: Path) -> None:
    random_fleet(session, tmp_path, seed)


def random_fleet(session: "SparkSession", folder: Path, seed: int) -> None:
    troubles = [[], *([(seed * 11 + n * 5 + i * i) % len(TROUBLES) for i in range(n % 6)] for n in range(14))]
    drops = make_fleet(troubles, 160, seed)
    check(session, folder, drops, {**SHORT, **(OTHER if seed % 2 else {})})


def test_outcomes(session: "SparkSession", tmp_path: Path) -> None:
    spark, duck = pair(session, tmp_path, SHORT)
    drops, log = outcome_fleet(1, 40, duck.fleet)
    for night in (spark, duck):
        night.land(drops)
        build(night)
        write_log(night, log)
        night.dbt("run", "--select", "path:dbt_project/models/outcomes")
    counts = assert_engines_agree(spark, duck, OUTCOMES)
    assert all(counts.values()), counts


def test_the_public_quarter_with_every_test_and_unit_test(session: "SparkSession", tmp_path: Path) -> None:
    """`dbt build` of everything there is, on a quarter of the machines: cells take longer to compare than to make."""
    quarter(session, tmp_path, SOME_MACHINES)


@pytest.mark.slow
def test_the_whole_public_quarter(session: "SparkSession", tmp_path: Path) -> None:
    quarter(session, tmp_path, 100)


def quarter(session: "SparkSession", tmp_path: Path, machines: int) -> None:
    """The first `machines` of the public data set, built and tested by both engines."""
    if not QUARTER.is_dir():
        pytest.skip(f"the public data set does not lie in {QUARTER}")
    spark, duck = pair(session, tmp_path, {})
    done = []
    for night in (spark, duck):
        for path in QUARTER.glob("PdM_*.csv"):
            rows = pd.read_csv(path, dtype=str, keep_default_na=False)
            rows[rows["machineID"].astype(int) <= machines].to_csv(night.drops / path.name, index=False)
        night.land()
        done.append({result.node.unique_id: str(result.status) for result in night.dbt("build").results})
    assert done[0] == done[1]
    assert Counter(done[0].values())["pass"] >= 98  # 79 tests and 19 unit tests when this was written
    counts = assert_engines_agree(spark, duck, {**GRAINS, **OUTCOMES})
    assert counts["feature_mart"] > 700 * machines


def write_log(night: Nightshift, log: list[Row]) -> None:
    """Answers in the log, as scoring writes them."""
    rows = pa.Table.from_pylist(log)
    if not isinstance(night, SparkNightshift):
        with connect(night.home / "warehouse.duckdb") as con:
            con.register("answers", rows)
            con.execute("insert into ml.prediction_log by name select * from answers")
        return
    now = datetime.now(UTC).isoformat()
    night.session.createDataFrame(rows.to_pandas()).createOrReplaceTempView("answers")
    named = ", ".join(name for name in rows.column_names)
    night.session.sql(
        f"insert into ml.prediction_log ({named}, day, batch) "
        f"select {named}, cast(as_of as date), concat(model_version, '-{now}') from answers"
    )
