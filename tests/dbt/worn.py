"""Fleets whose wear is told: the golden one, and one of engines in six operating regimes as C-MAPSS FD002 has them."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from settings import ROOT
from tests.dbt.dbt_kit import Drops, Row, as_drops
from tests.dbt.fleets import golden_fleet
from tests.dbt.golden import SHORT, check

WORN: dict[str, Any] = {
    **SHORT,
    "new_hours": 48,
    "slopes_hours": [12, 24],
    "moved_hours": [24],
    "sensors": {
        "volt": {"min": 0, "max": 400, "component": "comp1"},
        "rotate": {"min": 0, "max": 1000},
        "pressure": {"min": 0, "max": 300},
        "vibration": {"min": 0, "max": 150, "component": "comp2"},
    },
}
# Speeds scatter about 446, with a few on the last edge; pressures about 100.
IN_REGIMES: dict[str, Any] = {**WORN, "regimes": {"rotate": [420.5, 470, 999.999999], "pressure": [95]}}

DAY, FIRST = timedelta(days=1), datetime(2024, 1, 1)
# Altitude: how hot an engine is there, and by how much that scatters.
REGIMES = {0: (620.0, 0.5), 10: (605.0, 0.45), 20: (607.5, 0.4), 25: (535.5, 0.3), 35: (555.5, 0.35), 42: (549.5, 0.25)}
SIX_REGIMES: dict[str, Any] = {
    "sensors": {"altitude": {"min": -1, "max": 50}, "hot": {"unit": "°R", "min": 500, "max": 800}},
    "error_codes": [],
    "components": ["engine"],
    "telemetry_step_hours": 24,
    "snapshot_every_hours": 24,
    "scoring_hour": 0,
    "horizon_hours": 240,
    "windows_hours": [24, 240],
    "baseline_hours": 720,
    "min_baseline_readings": 12,
    "new_hours": 480,
    "slopes_hours": [240],
    "regimes": {"altitude": [5, 15, 22.5, 30, 38]},
}


def check_worn(folder: Path, project: Path = ROOT) -> None:
    """`check_golden`, where wear and slopes are told."""
    check(folder, golden_fleet(), WORN, project)


def check_in_regimes(folder: Path, project: Path = ROOT) -> None:
    """The same, where readings are compared within regimes."""
    check(folder, golden_fleet(), IN_REGIMES, project)


def engines(count: int, seed: int) -> Drops:
    """Engines that enter service every third day, fly at one altitude a day, grow hotter by a few spreads, and fail."""
    chance = random.Random(seed)
    telemetry: list[Row] = []
    failures: list[Row] = []
    for number in range(count):
        first, life = FIRST + 3 * number * DAY, chance.randint(60, 90)
        for day in range(life):
            altitude, (level, spread) = chance.choice(list(REGIMES.items()))
            heat = chance.gauss(0, 1) + 5 * (day / life) ** 3
            telemetry.append(
                {
                    "datetime": first + day * DAY,
                    "machineID": f"engine {number}",
                    "altitude": round(altitude + chance.uniform(-0.01, 0.01), 4),
                    "hot": round(level + spread * heat, 4),
                }
            )
        end = first + (life - 1) * DAY + DAY / 2
        failures.append({"datetime": end, "machineID": f"engine {number}", "failure": "engine"})
    machines: list[Row] = [{"machineID": f"engine {number}"} for number in range(count)]
    return as_drops({"telemetry": telemetry, "failures": failures, "machines": machines, "errors": [], "maint": []})
