"""Night by night on both engines, with rows that come late: the same tables after every night."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dbt.dbt_kit import Drops, Nightshift
from tests.dbt.deliveries import daily
from tests.dbt.fleets import golden_fleet, make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.troubles.machine import START
from tests.spark.spark_kit import SparkNightshift, assert_engines_agree, build

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

BEFORE_THE_LAST = 5
DAY = timedelta(days=1)
AS_SMALL = {"slice_rows": 1_000_000}  # a fleet whose old days lie together, month by month


class Pair:
    """A workspace on each engine, fed and built alike."""

    def __init__(self, session: "SparkSession", folder: Path, fleet_vars: Mapping[str, Any]) -> None:
        self.spark = SparkNightshift(session, folder / "spark", fleet_vars)
        self.duck = Nightshift(folder / "duck", fleet_vars)

    def night(self, drops: Drops, **more_vars: Any) -> dict[str, int]:
        """Land, build and compare; returns how many rows each table has."""
        for one in (self.spark, self.duck):
            one.land(drops)
            build(one, **more_vars)
        return assert_engines_agree(self.spark, self.duck)


def last_nights(deliveries: Mapping[Any, Drops], nights: int) -> Iterator[Drops]:
    """All but the last days at once, `nights` one by one, and what is left, late rows above all, at once."""
    days = list(deliveries.values())
    at = len(days) - BEFORE_THE_LAST
    for some in (days[:at], *([day] for day in days[at : at + nights]), days[at + nights :]):
        yield {name: rows for day in some for name, rows in day.items()}


def test_nights_with_late_rows(session: "SparkSession", tmp_path: Path) -> None:
    pair = Pair(session, tmp_path, {**SHORT, "restate_days": 3})
    counts = [pair.night(drops) for drops in last_nights(daily(golden_fleet(), 3, seed=1), nights=2)]
    assert counts[1]["feature_mart"] > counts[0]["feature_mart"]
    assert counts[-1]["restated_snapshots"] > counts[0]["restated_snapshots"]


def test_labels_that_reach_back_into_the_middle_of_a_day(session: "SparkSession", tmp_path: Path) -> None:
    """The horizon and the feed's latency do not end at midnight, but a partition does."""
    fleet_vars = {
        **SHORT, "restate_days": 1, "snapshot_every_hours": 6, "scoring_hour": 7,
        "feed_latency_hours": {"errors": 2, "failures": 7},
    }  # fmt: skip
    pair = Pair(session, tmp_path, fleet_vars)
    for drops in last_nights(daily(make_fleet([[0, 5], [12, 21], [9], []], 130, 3), 1, seed=3), nights=1):
        pair.night(drops)


def test_a_day_that_empties_loses_its_partition(session: "SparkSession", tmp_path: Path) -> None:
    """Every reading of one day is corrected a day later: its buckets hold nothing any more."""
    drops = make_fleet([[], []], hours=120, seed=5)
    telemetry = drops["PdM_telemetry.csv"]
    day = (START + 3 * DAY).date()
    corrected = [
        {**row, "volt": 111.5, "available_at": row["datetime"] + DAY}
        for row in telemetry
        if row["datetime"].date() == day
    ]
    pair = Pair(session, tmp_path, {**SHORT, "restate_days": 3})
    before = pair.night(drops)
    after = pair.night({"PdM_telemetry_corrected.csv": corrected})
    assert after["telemetry_buckets"] < before["telemetry_buckets"]


def test_a_restatement_that_was_cut_off_goes_on_in_the_next_build(session: "SparkSession", tmp_path: Path) -> None:
    drops = make_fleet([[], [15, 19], [21]], hours=150, seed=4)
    telemetry, old = drops["PdM_telemetry.csv"], START + timedelta(hours=30)
    held = [row for row in telemetry if row["datetime"] < old and row["machineID"] == "10"]
    pair = Pair(session, tmp_path, {**SHORT, "restate_days": 1})
    pair.night({**drops, "PdM_telemetry.csv": [row for row in telemetry if row not in held]})
    for one in (pair.spark, pair.duck):
        one.land({"PdM_telemetry_old.csv": held})
        one.dbt("run", "--select", "+telemetry_buckets", restate_from=str(START.date()))
    assert pair.night({})["waiting_arrivals"] == 0


def test_a_new_register_and_a_named_restatement(session: "SparkSession", tmp_path: Path) -> None:
    drops = make_fleet([[], [15, 19], [21]], hours=150, seed=4)
    old = START + timedelta(hours=30)
    held = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] < old and row["machineID"] == "10"]
    drops["PdM_telemetry.csv"] = [row for row in drops["PdM_telemetry.csv"] if row not in held]
    pair = Pair(session, tmp_path, {**SHORT, **AS_SMALL, "restate_days": 1})
    pair.night(drops)
    # December lies in one partition, of which the second day is made anew and the first stays.
    assert [path.name for path in _december(pair.spark)] == ["day=2024-12-01"]
    pair.night({}, restate_from=str((START + DAY).date()))
    assert [path.name for path in _december(pair.spark)] == ["day=2024-12-01", "day=2024-12-31"]
    machines = [{**row, "model": "model9", "age": 33} for row in drops["PdM_machines.csv"][:1]]
    waiting = pair.night({"PdM_telemetry_old.csv": held, "PdM_machines_later.csv": machines})
    assert waiting["waiting_arrivals"] == 1
    assert pair.night({}, restate_from=str(START.date()))["waiting_arrivals"] == 0


def _december(spark: SparkNightshift) -> list[Path]:
    return sorted((spark.home / "lake/main.db/sensor_features").glob("day=2024-12-*"))
