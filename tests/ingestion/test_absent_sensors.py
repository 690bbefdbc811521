"""A sensor that files lack: lost, of another type of machines, or in no file at all."""

from pathlib import Path

import pytest

from ingestion import LandingSummary, land
from settings import Fleet
from tests.ingestion.landing_kit import Kit, fleet
from tests.ingestion.mapping_kit import MappedKit

AT = "2025-01-01 06:00:00"
OF_OTHERS, ABSENT, NOWHERE = "sensor of other machines", "column absent", "sensor in no file"


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    kit = Kit(tmp_path)
    kit.drop("PdM_machines.csv", "machineID,model,age\n1,m,1\n2,m,1\n3,m,1\n")
    return kit


def sensors(*names: str) -> Fleet:
    known = {name: {"min": 0, "max": 100, "label": f"{name.title()} (x)"} for name in names}
    return Fleet.model_validate({**fleet().model_dump(mode="json", exclude={"sensors"}), "sensors": known}).told_in(
        "fleets/x/dbt_project.yml"
    )


def landed(kit: Kit, known: Fleet) -> LandingSummary:
    return land(kit.drops, kit.warehouse, known)


def told(summary: LandingSummary) -> set[tuple[str, str, str]]:
    return {(str(found.kind), found.file, found.column) for found in summary.findings if found.feed == "telemetry"}


def test_a_type_without_a_sensor_is_told_once_and_as_a_note(kit: Kit) -> None:
    kit.drop("telemetry_fans.csv", f"datetime,machineID,flow\n{AT},1,5\n")
    kit.drop("telemetry_pumps.csv", f"datetime,machineID,heat\n{AT},2,5\n")
    summary = landed(kit, sensors("flow", "heat"))
    assert told(summary) == {(OF_OTHERS, "telemetry_fans.csv", "heat"), (OF_OTHERS, "telemetry_pumps.csv", "flow")}
    assert {str(found.severity) for found in summary.findings} == {"note"}
    assert "telemetry_fans.csv, Heat (x): 1 row is of machines that have never" in "\n".join(summary.lines())
    kit.drop("telemetry_fans_2.csv", f"datetime,machineID,flow\n{AT.replace('06', '07')},1,5\n")
    assert told(landed(kit, sensors("flow", "heat"))) == set()
    kit.drop("telemetry_fans_3.csv", f"datetime,machineID,flow\n{AT.replace('06', '08')},3,5\n")
    assert told(landed(kit, sensors("flow", "heat"))) == {(OF_OTHERS, "telemetry_fans_3.csv", "heat")}


def test_a_sensor_that_a_machine_loses_is_told_each_time(kit: Kit) -> None:
    kit.drop("telemetry_1.csv", f"datetime,machineID,flow,heat\n{AT},1,5,6\n")
    assert told(landed(kit, sensors("flow", "heat"))) == set()
    for hour in ("07", "08"):
        kit.drop(f"telemetry_{hour}.csv", f"datetime,machineID,flow\n{AT.replace('06', hour)},1,5\n")
        summary = landed(kit, sensors("flow", "heat"))
        assert told(summary) == {(ABSENT, f"telemetry_{hour}.csv", "heat")}
        assert [str(found.severity) for found in summary.findings] == ["warning"]


def test_a_sensor_in_no_file_is_told_with_file_sensor_and_cure(kit: Kit) -> None:
    kit.drop("telemetry_1.csv", f"datetime,machineID,flow,motor_temp\n{AT},1,5,6\n")
    for _ in range(2):
        summary = landed(kit, sensors("flow", "motor_tmp"))
        kit.drop("telemetry_2.csv", f"datetime,machineID,flow\n{AT},2,5\n")
        [found] = [found for found in summary.findings if found.column == "motor_tmp"]
        assert (str(found.kind), str(found.severity)) == (NOWHERE, "error")
        assert "correct motor_tmp in vars.sensors of fleets/x/dbt_project.yml, give it its column" in found.sentence
    kit.drop("telemetry_3.csv", f"datetime,machineID,motor_tmp\n{AT},3,5\n")
    assert told(landed(kit, sensors("flow", "motor_tmp"))) == {(OF_OTHERS, "telemetry_3.csv", "flow")}


def test_the_column_that_was_meant_is_named(kit: Kit) -> None:
    kit.drop("telemetry_1.csv", f"datetime,machineID,flow,motor_temp\n{AT},1,5,6\n")
    [found] = landed(kit, sensors("flow", "motor_tmp")).findings
    assert "(which has motor_temp, of which no sensor is made)" in found.sentence


def test_so_is_one_that_no_tag_is_of(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_text("tag,machineID,sensor\nA,1,volt\nB,1,rotate\nC,1,Pressure\n")
    kit = MappedKit(tmp_path, {
        "lookups": {"tags": {"file": "tags.csv", "key": "tag"}},
        "telemetry": {"files": "h*.csv", "columns": {"datetime": "time"},
                      "long": {"tag": "tag", "value": "value", "tags": "tags"}},
    })  # fmt: skip
    kit.drop("h.csv", f"time,tag,value\n{AT},A,5\n")  # of B and C nothing comes today
    assert told(kit.land()) == {(NOWHERE, "h.csv", "vibration")}


def test_a_mapped_file_may_be_headed_by_labels_too(tmp_path: Path) -> None:
    known = {name: one.model_dump(exclude_none=True) for name, one in fleet().sensors.items()}
    known["volt"]["label"] = "Motor Temp (°C)"
    columns = {"datetime": "time", "machineID": "machine"}
    kit = MappedKit(tmp_path, {"telemetry": {"files": "m*.csv", "columns": columns}}, sensors=known)
    kit.drop("m.csv", f"time,machine,motor temp (°C),rotate,pressure,vibration\n{AT},1,5,6,7,8\n")
    assert told(kit.land()) == set()
    assert kit.telemetry("volt") == [(5.0,)]
