"""Both engines find the same odd things, in the same words."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.dbt.dbt_kit import Nightshift, Row, as_drops
from tests.dbt.golden import SHORT
from tests.spark.spark_kit import GRAINS, SparkNightshift, assert_engines_agree

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

START, HOUR = datetime(2025, 1, 1), timedelta(hours=1)


def odd_fleet() -> dict[str, list[Row]]:
    """Sixty hours of two machines: a sensor without readings, values out of range, two plants, ids and codes."""
    readings = [
        {"datetime": START + n * HOUR / 2 if machine == "2" else START + n * HOUR, "machineID": machine,
         "volt": 170 if n % 9 else -9999, "rotate": 400 + n, "pressure": None, "vibration": 40}
        for machine in ("1", "2") for n in range(60)
    ]  # fmt: skip
    failures = [
        {"datetime": (at := START + day * 3 * HOUR * 24 - 24 * 30 * HOUR), "machineID": name, "failure": code,
         "ended_at": at - HOUR, "known_good_at": at + HOUR}
        for day, (name, code) in enumerate([("M001", "comp1"), ("1.0", "comp2"), ("X'9", "gear"), ("2", "comp1")])
    ]  # fmt: skip
    errors = [{"datetime": START + 5 * HOUR, "machineID": "1", "errorID": "error1"}]
    machines = [{"machineID": machine, "model": "m", "age": None} for machine in ("1", "M-02")]
    return {"telemetry": readings, "failures": failures, "errors": errors, "machines": machines}


def test_what_is_odd_is_found_alike(session: "SparkSession", tmp_path: Path) -> None:
    spark = SparkNightshift(session, tmp_path / "spark", SHORT)
    duck = Nightshift(tmp_path / "duck", SHORT)
    for one in (spark, duck):
        one.land(as_drops(odd_fleet()))
        one.dbt("run", "--select", "+data_quality")
    names = [name for name in GRAINS if name.endswith("_findings")] + ["data_quality"]
    assert_engines_agree(spark, duck, {name: GRAINS[name] for name in names})
    kinds = {row["kind"] for row in duck.rows("select * from data_quality")}
    assert kinds >= {"unknown machine", "unknown code", "never seen", "failures end early", "more readings than due",
                     "outside range", "sensor without readings", "empty feature", "no events",
                     "end before begin", "good after failure", "outside telemetry", "not registered"}  # fmt: skip
