"""Wear, slopes and operating regimes: recomputed in plain Python, blind to the future, and by night as at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.metrics.row_metrics import ranking_metrics
from tests.dbt.by_night import days, nightly_and_at_once
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Nightshift
from tests.dbt.fleets import golden_fleet, make_fleet
from tests.dbt.futures import another_future
from tests.dbt.golden import SHORT, TOLERANCE, check
from tests.dbt.kinds import ON_CHANGE, of_kinds
from tests.dbt.mart_oracle import expected_mart
from tests.dbt.test_blind_to_the_future import features_until
from tests.dbt.troubles.machine import START
from tests.dbt.worn import IN_REGIMES, SIX_REGIMES, WORN, check_in_regimes, check_worn, engines

BOTH = pytest.mark.parametrize(
    "fleet_vars",
    [pytest.param(WORN, id="wear", marks=pytest.mark.slow), pytest.param(IN_REGIMES, id="in regimes")],
)


def test_wear_and_slopes_of_every_trouble(tmp_path: Path) -> None:
    check_worn(tmp_path / "night")


@pytest.mark.slow  # by night they come out as by brute force in every run
def test_every_trouble_in_regimes(tmp_path: Path) -> None:
    check_in_regimes(tmp_path / "night")


@pytest.mark.slow
def test_beside_counters_states_and_readings_that_hold(tmp_path: Path) -> None:
    """The regime is a state's; a gauge that holds is compared as ever."""
    sensors = {**ON_CHANGE["sensors"], "vibration": {**ON_CHANGE["sensors"]["vibration"]}}
    del sensors["vibration"]["on_change_hours"]
    told = {"sensors": sensors, "new_hours": 36, "slopes_hours": [24], "regimes": {"vibration": [1, 2]}}
    check(tmp_path / "night", of_kinds(golden_fleet()), {**ON_CHANGE, **told})


def test_readings_of_many_digits_are_summed_exactly(tmp_path: Path) -> None:
    drops = make_fleet([[], [10, 15]], hours=120, seed=7)
    for number, row in enumerate(drops["PdM_telemetry.csv"] + drops["PdM_telemetry_later.csv"]):
        row["rotate"] = 10**15 - 791_900_000_007 * (number % 997)
        row["vibration"] = round(1e-9 * (1 + number % 97), 12)
    ranges = {"volt": {"min": 0, "max": 400}, "rotate": {"min": 0, "max": 10**15}, "pressure": {"min": 0, "max": 10**9}}
    sensors = {**ranges, "vibration": {"min": 0, "max": 1, "decimals": 12}}
    check(tmp_path / "night", drops, {**WORN, "sensors": sensors, "regimes": {"volt": [170]}})


@BOTH
def test_no_future_moves_them(fleet_vars: dict[str, Any], tmp_path: Path) -> None:
    drops, until = golden_fleet(), START + timedelta(hours=75)
    known = {**fleet_vars, "retired_after_days": 400}
    past = features_until(tmp_path / "one", drops, until, known)
    assert any(row["volt_wear_24h"] is not None for row in past.values())
    assert_same(features_until(tmp_path / "other", another_future(drops, until, 1), until, known), past)


@BOTH
@pytest.mark.parametrize("nights", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_by_night_as_at_once(nights: int, fleet_vars: dict[str, Any], tmp_path: Path) -> None:
    nightly_and_at_once(tmp_path, days(golden_fleet(), 3, 1, nights), 3, {**fleet_vars, "restate_days": 3})


def test_a_replacement_told_late_makes_new_from_when_it_is_known(tmp_path: Path) -> None:
    """It lies before what a night restates: the nights since are made anew, and say the same as one build."""
    drops = make_fleet([[], []], hours=24 * 8, seed=13)
    at, night = START + timedelta(hours=50), START + timedelta(days=5, hours=2)
    told = {"machineID": drops["PdM_machines.csv"][0]["machineID"], "comp": "comp1", "datetime": at}
    late = {"PdM_maint_2.csv": [{**told, "available_at": night}]}
    first = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] < night]
    rest = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] >= night]
    known = {**WORN, "restate_days": 0}
    nightly, at_once = (Nightshift(tmp_path / name, known) for name in ("nightly", "at_once"))
    nightly.land({**drops, "PdM_telemetry.csv": first})
    nightly.build()
    nightly.land({"PdM_telemetry_2.csv": rest, **late})
    nightly.build()
    everything = {**drops, "PdM_telemetry.csv": first, "PdM_telemetry_2.csv": rest, **late}
    at_once.land(everything)
    at_once.build()
    found = nightly.table("feature_mart")
    assert_same(found, at_once.table("feature_mart"))
    assert_same(found, expected_mart(everything, nightly.fleet), TOLERANCE)


def test_six_regimes_hide_no_wear(tmp_path: Path) -> None:
    """Engines whose sensor says where they fly a hundred times louder than how worn they are."""
    drops, night = engines(24, seed=1), Nightshift(tmp_path / "night", SIX_REGIMES)
    night.land(drops)
    night.build()
    mart = expected_mart(drops, night.fleet)
    assert_same(night.table("feature_mart"), mart, TOLERANCE)
    night.dbt("run", "--select", "feature_findings")
    tested = ("early_readings", "regime_days", "sensor_features")
    night.dbt("test", "--select", *tested, "--exclude", "test_type:unit")  # which a fleet leaves out
    assert not night.rows("select * from feature_findings where subject in ('wear', 'regimes')")
    ends = {row["machineID"]: row["datetime"] for row in drops["PdM_failures.csv"]}
    rows = [row for row in mart.values() if row["hot_wear_240h"] is not None]
    soon = np.array([ends[row["machine_id"]] - row["as_of"] < timedelta(days=10) for row in rows], dtype=float)
    ranked = {
        name: ranking_metrics(soon, np.array([row[name] for row in rows], dtype=float))["roc_auc"]
        for name in ("hot_mean_240h", "hot_wear_240h", "hot_like_mean_240h")
    }
    assert ranked["hot_mean_240h"] < 0.75, ranked
    assert ranked["hot_wear_240h"] > 0.95, ranked
    assert ranked["hot_like_mean_240h"] > 0.95, ranked


def test_nothing_of_it_is_made_where_nobody_asks(tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land(make_fleet([[]], hours=40, seed=1))
    night.build()
    made = {row["table_name"] for row in night.rows("select table_name from information_schema.tables")}
    assert "sensor_features" in made
    assert not made & {"early_readings", "regime_days"}
