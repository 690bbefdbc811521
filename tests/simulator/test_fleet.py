"""The demo fleet: layout, determinism, and that the physics it promises is in the data it writes."""

from dataclasses import FrozenInstanceError, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from simulator import FleetSpec, Physics, SimulatedFleet, simulate

ROOT = Path(__file__).resolve().parents[2]
SMALL = FleetSpec(machines=40, days=120, seed=3, silent_share=0.5)


@pytest.fixture(scope="module")
def fleet() -> SimulatedFleet:
    return simulate(SMALL)


def lives_failed(fleet: SimulatedFleet, silent: bool) -> pd.DataFrame:
    lives = fleet.hidden.cycles
    inside = lives["ended"].between(200, fleet.spec.last_hour)
    return lives[lives["failed"] & inside & (lives["silent"] == silent)]


def last_hours_shift(fleet: SimulatedFleet, lives: pd.DataFrame, hours: int = 12) -> np.ndarray:
    """Mean of the linked sensor in the last `hours` before each failure over the machine's median, in sd and signed."""
    out = []
    columns = lives[["machine", "component", "ended"]].to_numpy()
    for machine, component, ended in columns:
        part = fleet.spec.components[component]
        sensor = next(item for item in fleet.spec.sensors if item.name == part.sensor)
        readings = fleet.telemetry[sensor.name].to_numpy().reshape(-1, fleet.spec.machines)[:, machine]
        late = readings[ended - hours : ended].mean()
        out.append(part.direction * (late - np.median(readings)) / sensor.sd)
    return np.array(out)


def test_layout_is_that_of_the_azure_files(fleet: SimulatedFleet) -> None:
    assert {name: list(frame.columns) for name, frame in fleet.feeds.items()} == {
        "telemetry": ["datetime", "machineID", "volt", "rotate", "pressure", "vibration"],
        "errors": ["datetime", "machineID", "errorID"],
        "maint": ["datetime", "machineID", "comp"],
        "failures": ["datetime", "machineID", "failure"],
        "machines": ["machineID", "model", "age"],
    }
    for name in ("telemetry", "errors", "maint", "failures"):
        keys = fleet.feeds[name][["datetime", "machineID"]]
        assert keys.equals(keys.sort_values(["datetime", "machineID"], ignore_index=True)), name
        assert not fleet.feeds[name].duplicated().any(), name


def test_every_machine_has_every_hour_and_the_last_one(fleet: SimulatedFleet) -> None:
    assert len(fleet.telemetry) == 40 * (120 * 24 + 1)
    assert fleet.telemetry["datetime"].max() == pd.Timestamp(2025, 5, 1)
    assert list(fleet.machines["machineID"]) == list(range(1, 41))


def test_names_are_those_of_the_fleet_settings() -> None:
    fleet_vars = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    spec = FleetSpec()
    assert [sensor.name for sensor in spec.sensors] == list(fleet_vars["sensors"])
    assert [part.name for part in spec.components] == fleet_vars["components"]
    assert list(spec.error_codes) == fleet_vars["error_codes"]


def test_readings_stay_in_the_range_the_settings_accept(fleet: SimulatedFleet) -> None:
    ranges = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["sensors"]
    for name, limits in ranges.items():
        assert fleet.telemetry[name].between(limits["min"], limits["max"]).all(), name


def test_same_seed_same_fleet_other_seed_another(fleet: SimulatedFleet) -> None:
    again, other = simulate(SMALL), simulate(replace(SMALL, seed=4))
    for name, frame in fleet.feeds.items():
        pd.testing.assert_frame_equal(frame, again.feeds[name])
        assert not frame.equals(other.feeds[name]), name


def test_a_failed_component_is_replaced_in_the_hour_it_fails(fleet: SimulatedFleet) -> None:
    repairs = fleet.failures.rename(columns={"failure": "comp"}).merge(fleet.maint)
    assert len(repairs) == len(fleet.failures) > 50


def test_every_component_was_installed_before_the_telemetry(fleet: SimulatedFleet) -> None:
    before = fleet.maint[fleet.maint["datetime"] < pd.Timestamp(2025, 1, 1)]
    assert len(before[["machineID", "comp"]].drop_duplicates()) == 40 * 4


def test_failures_strike_at_any_hour(fleet: SimulatedFleet) -> None:
    hours = fleet.failures["datetime"].dt.hour
    assert hours.nunique() >= 20
    assert hours.value_counts(normalize=True).max() < 0.15


def test_planned_visits_replace_whatever_the_state_and_censor_defects(fleet: SimulatedFleet) -> None:
    lives = fleet.hidden.cycles.query("not failed and 0 < ended <= @SMALL.last_hour")
    assert len(lives) > 300
    assert ((lives["defect"] < lives["ended"]).mean()) > 0.01
    assert (lives["ended"] % 24).between(6, 17).all()


def test_a_component_has_one_life_at_a_time(fleet: SimulatedFleet) -> None:
    lives = fleet.hidden.cycles
    follows = lives["slot"].diff() == 0
    assert (lives["installed"][follows] == lives["ended"].shift()[follows]).all()
    assert (lives["ended"] > lives["installed"]).all()


def test_sensor_shifts_before_visible_failures_and_not_before_silent_ones(fleet: SimulatedFleet) -> None:
    visible = last_hours_shift(fleet, lives_failed(fleet, silent=False))
    silent = last_hours_shift(fleet, lives_failed(fleet, silent=True))
    assert min(visible.size, silent.size) > 20
    assert np.median(visible) > 2.5
    assert abs(np.mean(silent)) < 0.25


def test_errors_gather_before_visible_failures_only(fleet: SimulatedFleet) -> None:
    def told(silent: bool) -> float:
        lives = lives_failed(fleet, silent)
        parts = fleet.spec.components
        rows = pd.DataFrame({
            "machineID": lives["machine"] + 1, "errorID": [parts[i].error for i in lives["component"]],
            "failed": fleet.spec.times(lives["ended"].to_numpy()),
        })  # fmt: skip
        met = rows.reset_index(names="life").merge(fleet.errors)
        lead = (met["failed"] - met["datetime"]).dt.total_seconds() / 3600
        return met[lead.between(0, 48)]["life"].nunique() / len(lives)

    assert told(silent=False) > 0.5
    assert told(silent=True) < 0.2


def test_lead_of_the_defect_is_random(fleet: SimulatedFleet) -> None:
    lives = fleet.hidden.cycles.query("failed")
    hours = (lives["ended"] - lives["defect"]).to_numpy()
    assert np.median(hours) == pytest.approx(66, abs=6)
    assert np.percentile(hours, 90) - np.percentile(hours, 10) > 24


def test_strength_scales_the_signal_and_not_the_failures(fleet: SimulatedFleet) -> None:
    mute = simulate(replace(SMALL, strength=0.0))
    pd.testing.assert_frame_equal(mute.failures, fleet.failures)
    assert abs(np.mean(last_hours_shift(mute, lives_failed(mute, silent=False)))) < 0.25
    assert len(mute.errors) < len(fleet.errors)


def test_wear_is_faster_in_weak_models_and_old_machines() -> None:
    fleet = simulate(FleetSpec(machines=600, days=365))
    count = fleet.failures["machineID"].value_counts().reindex(fleet.machines["machineID"], fill_value=0).to_numpy()
    by_model = pd.Series(count).groupby(fleet.machines["model"].to_numpy()).mean()
    assert by_model["model1"] > 1.2 * by_model["model4"]
    old = fleet.machines["age"].to_numpy() > 10
    assert count[old].mean() > 1.1 * count[~old].mean()
    assert 6 < count.mean() < 9


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("machines", 0), ("days", 0), ("seed", -1), ("silent_share", 1.2), ("late_share", 1.0), ("dropout_share", -0.1),
        ("late_max_hours", 0), ("outage_day", 365), ("drift_day", -1), ("drift_sensor", "noise"), ("decimals", 7),
        ("strength", float("nan")), ("components", ()), ("error_codes", ("error1", "error1")),
        ("drift_sd", float("inf")),
    ],
)  # fmt: skip
def test_bad_options_are_refused_by_name_with_the_cure(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{option} = .* cannot be used; give .*\.$"):
        replace(FleetSpec(), **{option: value})  # type: ignore[arg-type]


def test_a_component_with_an_unknown_sensor_is_refused() -> None:
    parts = (replace(FleetSpec().components[0], sensor="oil"),)
    with pytest.raises(ValueError, match=r"components\.comp1\.sensor = 'oil'"):
        FleetSpec(components=parts)


def test_bad_physics_is_refused() -> None:
    with pytest.raises(ValueError, match=r"physics\.planned_jitter_days"):
        FleetSpec(physics=Physics(planned_jitter_days=40))


def test_a_spec_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        FleetSpec().machines = 5  # type: ignore[misc]


def test_another_plant_has_its_own_names() -> None:
    base = FleetSpec()
    sensor = replace(base.sensors[0], name="oil", mean=60.0, sd=3.0)
    part = replace(base.components[0], name="pump", sensor="oil", error="E7")
    spec = FleetSpec(
        machines=30, days=60, start=date(2024, 2, 1), sensors=(sensor,), components=(part,), error_codes=("E7",),
        drift_sensor="oil",
    )  # fmt: skip
    fleet = simulate(spec)
    assert list(fleet.telemetry.columns) == ["datetime", "machineID", "oil"]
    assert set(fleet.maint["comp"]) == {"pump"}
    assert set(fleet.errors["errorID"]) == {"E7"}
    assert fleet.telemetry["datetime"].min() == pd.Timestamp(2024, 2, 1)
