"""The newest night is in the mart as soon as the feed is fresh, and what comes after it changes nothing of it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.dbt_kit import Drops, Nightshift, Row

NIGHT = datetime(2025, 3, 6, 6)
SENSORS = {"sensors": {"volt": {"min": 0, "max": 400}}}
HOURLY: dict[str, Any] = {**SENSORS, "windows_hours": [3, 24], "baseline_hours": 72, "min_baseline_readings": 20}
DAILY: dict[str, Any] = {**SENSORS, "windows_hours": [24, 48], "baseline_hours": 144, "telemetry_step_hours": 24}
CASES = {
    "hourly, at ten to": (HOURLY, datetime(2025, 3, 6, 5, 50), timedelta(hours=1)),
    "daily, at midnight": (DAILY, datetime(2025, 3, 6), timedelta(days=1)),
}


def readings(last: datetime, step: timedelta, back: int, ahead: int) -> list[Row]:
    moments = [last + n * step for n in range(-back, ahead + 1)]
    return [
        {"datetime": at, "machineID": name, "volt": 170 + (7 * n) % 5}
        for n, at in enumerate(moments) for name in ("a", "b")
    ]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_night_of_a_fresh_feed_is_answered_and_keeps_its_answer(name: str, tmp_path: Path) -> None:
    given, last, step = CASES[name]
    rows = readings(last, step, back=timedelta(days=7) // step, ahead=3)
    machines = [{"machineID": machine, "model": "m", "age": 3} for machine in ("a", "b")]
    known: Drops = {"PdM_telemetry.csv": [row for row in rows if row["datetime"] <= last], "PdM_machines.csv": machines}
    night = Nightshift(tmp_path / "night", given)
    night.land(known)
    night.build()
    live = {key: row for key, row in night.table("feature_mart").items() if key[1] >= NIGHT}
    assert sorted(live) == [("a", NIGHT), ("b", NIGHT)]
    assert all(row["label_status"] == "pending" and row["volt_shift_24h"] is not None for row in live.values())
    night.land({"PdM_telemetry_2.csv": [row for row in rows if row["datetime"] > last]})
    night.build()
    replayed = night.table("feature_mart")
    features = [name for name in live["a", NIGHT] if not name.startswith(("label_status", "fails_"))]
    for key, row in live.items():
        assert {name: row[name] for name in features} == {name: replayed[key][name] for name in features}
