"""What a night makes anew, on its own and when asked, also where it was cut off."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.dbt.by_night import assert_parity
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Nightshift, Row
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT
from tests.dbt.troubles.machine import START


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


def test_a_restatement_that_was_cut_off_goes_on_in_the_next_build(tmp_path: Path) -> None:
    drops = make_fleet([[], [15, 19], [21]], hours=200, seed=4)
    old = START + timedelta(hours=30)
    held = [row for row in drops["PdM_telemetry.csv"] if row["datetime"] < old and row["machineID"] == "10"]
    on_time = [row for row in drops["PdM_telemetry.csv"] if row not in held]
    night, at_once = (Nightshift(tmp_path / name, {**SHORT, "restate_days": 1}) for name in ("night", "at_once"))
    night.land({**drops, "PdM_telemetry.csv": on_time})
    night.build()
    night.land({"PdM_telemetry_old.csv": held})
    night.dbt("run", "--select", "+telemetry_buckets", restate_from=str(START.date()))
    night.build()
    at_once.land({**drops, "PdM_telemetry.csv": on_time, "PdM_telemetry_old.csv": held})
    at_once.build()
    assert_parity(night, at_once)


@pytest.mark.parametrize("cut_off", [(), ("+sensor_features",)], ids=["whole", "cut off after the features"])
def test_the_snapshots_that_late_rows_changed_are_listed(tmp_path: Path, cut_off: tuple[str, ...]) -> None:
    drops = make_fleet([[], [], []], hours=240, seed=8)
    late = [row for row in drops["PdM_telemetry.csv"] if START + timedelta(hours=190) < row["datetime"]][::7]
    on_time = [row for row in drops["PdM_telemetry.csv"] if row not in late]
    night = Nightshift(tmp_path / "night", {**SHORT, "restate_days": 3})
    night.land({**drops, "PdM_telemetry.csv": on_time})
    night.build()
    before = night.table("feature_mart")
    assert night.table("restated_snapshots") == {}
    night.land({"PdM_telemetry_late.csv": late})
    for part in cut_off:
        night.dbt("run", "--select", part)
    night.build()
    after = night.table("feature_mart")
    changed = {key for key, row in before.items() if _features(after[key]) != _features(row)}
    assert changed
    assert set(night.table("restated_snapshots")) == changed


def test_a_new_register_rewrites_what_is_known_of_a_machine(tmp_path: Path) -> None:
    drops = make_fleet([[], [], []], hours=200, seed=5)
    changed = [{**row, "model": "model9", "age": 33} for row in drops["PdM_machines.csv"][:1]]
    night, at_once = Nightshift(tmp_path / "night", SHORT), Nightshift(tmp_path / "at_once", SHORT)
    night.land(drops)
    night.build()
    night.land({"PdM_machines_later.csv": changed})
    night.build()
    at_once.land({**drops, "PdM_machines_later.csv": changed})
    at_once.build()
    assert_parity(night, at_once)
    told = {
        row["model"] for row in night.table("feature_mart").values() if row["machine_id"] == changed[0]["machineID"]
    }
    assert told == {"model9"}


def _features(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith(("fails_", "label_"))}
