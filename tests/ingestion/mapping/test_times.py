"""Local clocks: the hours that they tell twice or never, found and told."""

from datetime import datetime
from pathlib import Path

import pytest

from ingestion.mapping.times import ClockChange, clock_changes
from tests.ingestion.mapping_kit import MappedKit

YEAR = (datetime(2015, 1, 1, 0, 0, 0, 7), datetime(2015, 12, 31))


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("UTC", []),
        ("Asia/Tokyo", []),
        (
            "Europe/Berlin",
            [
                ClockChange(datetime(2015, 3, 29, 2), datetime(2015, 3, 29, 3), skipped=True),
                ClockChange(datetime(2015, 10, 25, 2), datetime(2015, 10, 25, 3), skipped=False),
            ],
        ),
        (
            "Australia/Lord_Howe",
            [
                ClockChange(datetime(2015, 4, 5, 1, 30), datetime(2015, 4, 5, 2), skipped=False),
                ClockChange(datetime(2015, 10, 4, 2), datetime(2015, 10, 4, 2, 30), skipped=True),
            ],
        ),
    ],
)
def test_the_changes_of_a_clock(zone: str, changes: list[ClockChange]) -> None:
    assert list(clock_changes(zone, *YEAR)) == changes


def landed(folder: Path, *times: str) -> MappedKit:
    kit = MappedKit(folder, {"telemetry": {"files": "scada.csv", "zone": "Europe/Berlin"}})
    kit.drop("scada.csv", "datetime,machineID,volt\n" + "".join(f"{time},1,{n}\n" for n, time in enumerate(times)))
    return kit


def test_the_doubled_hour_is_told_and_taken_as_said(tmp_path: Path) -> None:
    hours = ("01:00", "02:00", "02:59", "03:00")
    kit = landed(tmp_path, *(f"2015-10-25 {hour}:00" for hour in hours), "2015-10-25T02:30:00+02:00")
    [found] = [one for one in kit.land().findings if "hour" in one.kind]
    assert (str(found.kind), found.count, found.example) == ("hour told twice", 2, "2015-10-25 02:00:00")
    assert "Europe/Berlin" in found.cure
    assert [row[0][11:16] for row in kit.telemetry()] == ["23:00", "00:30", "01:00", "01:59", "02:00"]


@pytest.mark.parametrize(
    "time",
    ["2015/07/01 06:00:00", "2015-7-1 6:0:0", "2015 07 01 06:00:00", "2015-07-01\t06:00:00", "2015-07-01 06:00:00."],
)
def test_a_time_without_a_zone_is_local_however_it_is_spelled(time: str, tmp_path: Path) -> None:
    kit = landed(tmp_path, time)
    kit.land()
    assert [row[0] for row in kit.telemetry()] == ["2015-07-01 04:00:00"]


@pytest.mark.parametrize("far", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "99999-01-01 00:00:00"])
def test_one_row_of_another_age_hides_no_change_of_the_clock(far: str, tmp_path: Path) -> None:
    [found] = [one for one in landed(tmp_path, "2015-10-25 02:00:00", far).land().findings if "hour" in one.kind]
    assert (str(found.kind), found.count) == ("hour told twice", 1)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_time_that_came_twice_is_both(backwards: bool, tmp_path: Path) -> None:
    hours = ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")
    lines = [f"2015-10-25 {hour}:00,{machine},{n}\n" for n, hour in enumerate(hours) for machine in (1, 2)]
    kit = landed(tmp_path)
    kit.drop("scada.csv", "datetime,machineID,volt\n" + "".join(reversed(lines) if backwards else lines))
    kit.land()
    utc = ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]
    assert [(row[0][11:16], row[1], row[2]) for row in kit.telemetry()] == [
        (hour, machine, float(n)) for n, hour in enumerate(utc) for machine in ("1", "2")
    ]
    assert kit.reasons() == []


def test_the_missing_hour_is_told_and_taken_as_said(tmp_path: Path) -> None:
    kit = landed(tmp_path, "2015-03-29 01:59:00", "2015-03-29 02:00:00", "2015-03-29 03:01:00")
    [found] = [one for one in kit.land().findings if "hour" in one.kind]
    assert (str(found.kind), found.count) == ("hour never told", 1)
    assert [row[0][11:16] for row in kit.telemetry()] == ["00:59", "01:00", "01:01"]


def test_other_hours_are_not(tmp_path: Path) -> None:
    assert not [one for one in landed(tmp_path, "2015-03-29 03:00:00", "2015-03-30 02:00:00").land().findings
                if "hour" in one.kind]  # fmt: skip
