"""Built night by night or all at once: the same rows, exactly."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift
from tests.dbt.deliveries import daily
from tests.dbt.fleets import START, TROUBLES, golden_fleet, make_fleet
from tests.dbt.golden import SHORT, TOLERANCE
from tests.dbt.mart_oracle import expected_mart

TABLES = ("feature_mart", "failure_labels")


def assert_parity(one: Nightshift, other: Nightshift) -> None:
    for name in TABLES:
        assert_same(one.table(name), other.table(name))


def nightly_and_at_once(folder: Path, drops: Drops, days_late: int, fleet_vars: dict[str, Any], seed: int) -> None:
    nightly = Nightshift(folder / "nightly", fleet_vars)
    at_once = Nightshift(folder / "at_once", fleet_vars)
    everything: Drops = {}
    for files in daily(drops, days_late, seed).values():
        nightly.land(files)
        nightly.build()
        everything |= files
    at_once.land(everything)
    at_once.build()
    assert_parity(nightly, at_once)
    assert_same(at_once.table("feature_mart"), expected_mart(everything, at_once.fleet), TOLERANCE)


@pytest.mark.parametrize("days_late", [0, 3])
def test_every_trouble(days_late: int, tmp_path: Path) -> None:
    nightly_and_at_once(tmp_path, golden_fleet(), days_late, {**SHORT, "restate_days": max(days_late, 1)}, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_any_fleet(seed: int, tmp_path: Path) -> None:
    troubles = [[], *([(seed * 11 + n * 5 + i * i) % len(TROUBLES) for i in range(n % 6)] for n in range(14))]
    other: dict[str, Any] = {
        "snapshot_every_hours": 6,
        "scoring_hour": 7,
        "feed_latency_hours": {"errors": 2, "failures": 7},
    }
    fleet_vars = {**SHORT, **(other if seed % 2 else {}), "restate_days": 2 + seed % 3}
    nightly_and_at_once(tmp_path, make_fleet(troubles, 220, seed), fleet_vars["restate_days"], fleet_vars, seed)


def test_the_same_night_twice_changes_nothing(tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land(golden_fleet())
    night.build()
    before = night.table("feature_mart")
    night.build()
    assert_same(night.table("feature_mart"), before)


def test_rows_older_than_the_window_wait_for_a_named_restate(tmp_path: Path) -> None:
    drops = make_fleet([[], [15, 19], [21]], hours=200, seed=4)
    old = START + timedelta(hours=30)
    held = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] < old and row["machineID"] == "10"]
    drops["PdM_telemetry.csv"] = [row for row in drops["PdM_telemetry.csv"] if row not in held]
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 1})
    night.land(drops)
    night.build()
    before = night.table("feature_mart")
    night.land({"PdM_telemetry_old.csv": held})
    night.build()
    assert_same(night.table("feature_mart"), before)
    night.build(restate_from=str(START.date()))
    at_once = Nightshift(tmp_path / "at_once", {**SHORT, "restate_days": 1})
    at_once.land({**drops, "PdM_telemetry_old.csv": held})
    at_once.build()
    assert_parity(night, at_once)
