"""Every cell of the outcome tables, for fleets full of ties, against plain Python that lives through every hour."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from settings import ROOT
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Nightshift, Row, Table, fleet
from tests.dbt.golden import SHORT
from tests.dbt.outcome_fleets import outcome_fleet
from tests.dbt.outcome_oracle import Oracle
from warehouse.connection import connect

VARS: dict[str, dict[str, Any]] = {
    "as shipped": {},
    "horizon longer than the cooldown, feeds late": {
        "horizon_hours": 48,
        "episode_cooldown_hours": 24,
        "feed_latency_hours": {"failures": 7, "maint": 30},
    },
    "every alert alone": {"episode_cooldown_hours": 0, "horizon_hours": 30, "corrective_hours": 0},
    "failures known for a while, maintenance for less": {
        "feed_reaches": {"failures": "2024-01-20 06:00", "maint": "2024-01-17 00:00"},
    },
    "found at a round": {"found_within_hours": 12, "feed_latency_hours": {"failures": 2}},
    "a long memory": {"episode_cooldown_hours": 96, "feed_latency_hours": {"failures": 30, "telemetry": 5}},
}
GRAINS = {
    "alert_episodes": ("machine_id", "component", "opened_at"),
    "failure_outcomes": ("machine_id", "component", "failed_at"),
    "model_performance": ("week", "model_name", "model_version"),
}


def check_outcomes(folder: Path, seed: int, fleet_vars: dict[str, Any], project: Path = ROOT) -> None:
    """Raises AssertionError when dbt fails or any cell differs."""
    night = Nightshift(folder, {**SHORT, **fleet_vars}, project)
    drops, log = outcome_fleet(seed, 40, night.fleet)
    night.land(drops)
    night.dbt("run", "--select", "path:dbt_project/models/staging", "+failure_labels", "+remaining_time")
    _write_log(night, log)
    night.dbt("run", "--select", "path:dbt_project/models/outcomes")
    oracle = Oracle(drops, log, night.fleet)
    for name in GRAINS:
        assert_same(_keyed(name, night.rows(f"select * from {name}")), _keyed(name, getattr(oracle, name)()), 1e-9)
    night.dbt("test", "--select", "stg_feedback", "component_endings", *GRAINS, "--exclude-resource-type", "unit_test")


def _write_log(night: Nightshift, log: list[Row]) -> None:
    rows = pa.Table.from_pylist(log)
    with connect(night.home / "warehouse.duckdb") as con:
        con.register("answers", rows)
        con.execute("insert into ml.prediction_log by name select * from answers")


def _keyed(name: str, rows: list[Row]) -> Table:
    found = {tuple(row[column] for column in GRAINS[name]): row for row in rows}
    assert len(found) == len(rows), f"{name} holds a key twice"
    return found


@pytest.mark.parametrize("name", VARS)
def test_outcomes(name: str, tmp_path: Path) -> None:
    check_outcomes(tmp_path / "night", 1, VARS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", VARS)
@pytest.mark.parametrize("seed", range(2, 12))
def test_many(seed: int, name: str, tmp_path: Path) -> None:
    check_outcomes(tmp_path / "night", seed, VARS[name])


@pytest.mark.parametrize("name", VARS)
def test_the_fleets_hold_every_kind_of_case(name: str) -> None:
    """Nothing is proved by cases that never happen."""
    known = fleet({**SHORT, **VARS[name]})
    oracle = Oracle(*outcome_fleet(1, 40, known), known)
    cases = oracle.alert_episodes()
    kinds = {(case["closed_by"], case["verdict"]) for case in cases}
    assert kinds >= {("failure", "true"), ("replacement", "censored"), ("quiet", "false"), (None, "pending")}
    assert ("failure", "censored") in kinds
    assert any(oracle._left(machine, as_of) for machine, as_of in oracle.answers)
    assert {"down", "out of service"} <= {oracle._status(*key) for key in oracle.answers}
    assert {case["crew_verdict"] for case in cases} == {"acknowledged", "false alarm", "replaced", None}
    assert {failure["caught"] for failure in oracle.failure_outcomes()} == {True, False, None}
    assert len(oracle.model_performance()) >= 6
