"""Nothing but telemetry must be there, and what files call a code in their own words is one code by its identifier."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.dbt_kit import Drops, Nightshift

FIRST = datetime(2025, 3, 1)
GIVEN: dict[str, Any] = {
    "sensors": {"volt": {"min": 0, "max": 400, "label": "Volt (V)"}, "flow": {"min": 0, "max": 9}},
    "error_codes": [], "components": {"gear": "Gear box / Getriebe's", "seal": "seal"}, "telemetry_step_hours": 6,
    "snapshot_every_hours": 6, "windows_hours": [24], "baseline_hours": 96, "min_baseline_readings": 4,
}  # fmt: skip


def telemetry() -> Drops:
    """Two machines over ten days; only the first has a `flow`, and none a register."""
    rows = [
        {"datetime": FIRST + n * timedelta(hours=6), "machineID": name, "volt": 170 + n % 5, "flow": flow}
        for n in range(40) for name, flow in (("Halle 1/Ü", n % 3), ("b", None))
    ]  # fmt: skip
    return {"PdM_telemetry.csv": rows}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    """Built of telemetry alone, then again with failures, in words and as identifiers."""
    night = Nightshift(tmp_path_factory.mktemp("bare"), GIVEN)
    night.land(telemetry())
    night.dbt("build", "--select", "+feature_mart", "+data_quality", "--exclude-resource-type", "unit_test")
    return night


def test_machines_come_from_telemetry_and_nothing_is_known_of_them(bare: Nightshift) -> None:
    mart = bare.rows("select * from feature_mart")
    assert {row["machine_id"] for row in mart} == {"Halle 1/Ü", "b"}
    assert len(mart) > 50
    for row in mart:
        assert (row["model"], row["age"], row["gear_hours_since_replacement"], row["errors_count_24h"]) == (
            None, None, None, 0,
        )  # fmt: skip
        assert row["volt_mean_24h"] is not None
        assert (row["flow_mean_24h"] is None) == (row["machine_id"] == "b")


def test_each_lack_is_told_once(bare: Nightshift) -> None:
    found = bare.rows("select feed, kind, severity, cure from data_quality where feed != 'telemetry' order by feed")
    assert [(row["feed"], row["kind"], row["severity"]) for row in found] == [
        ("errors", "no events", "note"), ("failures", "no events", "error"), ("machines", "not registered", "note"),
        ("maint", "no events", "note"),
    ]  # fmt: skip
    assert found[2]["cure"] == "drop PdM_machines.csv (machineID,model,age) if there is a register"


def test_what_files_call_a_component_is_its_identifier_in_every_table(bare: Nightshift) -> None:
    at = FIRST + timedelta(days=8)
    rows = [
        {"datetime": at, "machineID": "b", "failure": "Gear box / Getriebe's"},
        {"datetime": at, "machineID": "b", "failure": "gear"},  # the same once more, by its identifier
        {"datetime": at, "machineID": "Halle 1/Ü", "failure": "seal"},
    ]
    bare.land({"PdM_failures.csv": rows})
    bare.dbt("build", "--select", "+feature_mart", "+data_quality", "--exclude-resource-type", "unit_test")
    query = "select machine_id, component from stg_failures order by machine_id"
    assert [tuple(row.values()) for row in bare.rows(query)] == [("Halle 1/Ü", "seal"), ("b", "gear")]
    assert bare.rows("select max(fails_gear) as gear from feature_mart where machine_id = 'b'") == [{"gear": 1}]
    assert not bare.rows("select * from data_quality where kind = 'unknown code'")
