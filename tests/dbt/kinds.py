"""Fleets with counters, states, sensors that tell changes only, and machines that are off: the usual ones, read so."""

from pathlib import Path
from typing import Any

from ingestion import LandingSummary
from settings import ROOT
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row, feed_of
from tests.dbt.fleets import golden_fleet
from tests.dbt.golden import SHORT, TOLERANCE
from tests.dbt.mart_oracle import expected_mart

# `volt` falls as often as it rises, so that resets are many; `vibration` has a number that no state names.
SENSORS: dict[str, dict[str, Any]] = {
    "volt": {"kind": "counter", "min": 0, "max": 400},
    "rotate": {"min": 0, "max": 100_000},
    "pressure": {"min": 0, "max": 300, "on_change_hours": 7},
    "vibration": {"kind": "state", "min": 0, "max": 150, "states": {"standby": 0, "run": 1, "full": 2}},
}
KINDS: dict[str, Any] = {**SHORT, "sensors": SENSORS}
# The same with the counter and the state on change too, in buckets of an hour and at half the step.
ON_CHANGE: dict[str, Any] = {
    **SHORT,
    "telemetry_step_hours": 0.5,
    "snapshot_every_hours": 6,
    "scoring_hour": 7,
    "sensors": {**SENSORS, **{name: {**SENSORS[name], "on_change_hours": 5} for name in ("volt", "vibration")}},
}
MAPPING = {
    "telemetry": [
        {
            "files": "PdM_telemetry*.csv",
            "columns": {name: name for name in ("datetime", "machineID", *SENSORS)},
            "running": "vibration <> 0",
        }
    ]
}


def of_kinds(drops: Drops) -> Drops:
    """The fleet's telemetry with states in the place of vibrations, and pressures where they change only."""
    changed = dict(drops)
    for name, rows in drops.items():
        if feed_of(name) == "telemetry":
            changed[name] = [_of_kinds(row) for row in rows]
    return changed


def _of_kinds(row: Row) -> Row:
    state, pressure = row["vibration"], row["pressure"]
    if isinstance(state, float | int) and 0 <= state <= 150:
        state = round(10 * state) % 4
    if isinstance(pressure, float) and round(1000 * pressure) % 4:
        pressure = None
    return {**row, "vibration": state, "pressure": pressure}


def runs(row: Row) -> bool | None:
    """What RunningNightshift makes of a row: nothing where its state is empty, beyond its range or taken back."""
    state = row["vibration"]
    return bool(state) if isinstance(state, float | int) and 0 <= state <= 150 else None


class RunningNightshift(Nightshift):
    """A workspace whose fleet tells when a machine runs: it is off in the state 0."""

    def land(self, drops: Drops | None = None) -> LandingSummary:
        summary = super().land(drops)
        self.rows("alter table raw.telemetry add column if not exists running boolean")
        self.rows("update raw.telemetry set running = vibration <> 0 where vibration between 0 and 150")
        return summary

    def dbt(self, *command: str, **more_vars: Any) -> Any:
        return super().dbt(*command, mapping=MAPPING, **more_vars)


def check_kinds(folder: Path, project: Path = ROOT) -> None:
    """Raises AssertionError when dbt fails or a cell of the mart differs, for every trouble once and machines off."""
    drops = of_kinds(golden_fleet())
    night = RunningNightshift(folder, KINDS, project)
    night.land(drops)
    night.build()
    assert_same(night.table("feature_mart"), expected_mart(drops, night.fleet, runs=runs), TOLERANCE)
