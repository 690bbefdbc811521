"""A file that lands again under its name, with other rows."""

from pathlib import Path

import pytest

from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit

FAILURES = "datetime,machineID,failure\n"
FIRST = ("2025-01-01 04:00:00,1,comp1\n", "2025-01-01 05:00:00,2,comp2\n", "2025-01-01 06:00:00,1,comp3\n")


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    kit = Kit(tmp_path)
    kit.drop("PdM_failures.csv", FAILURES + "".join(FIRST))
    kit.landed(TELEMETRY + ROW)
    return kit


def told(kit: Kit, *rows: str, name: str = "PdM_failures.csv") -> list[tuple[int, str]]:
    kit.drop(name, FAILURES + "".join(rows))
    return [(one.count, one.example) for one in kit.land().findings if one.kind == "not told again"]


def test_rows_that_a_corrected_file_leaves_out_are_told_and_stay(kit: Kit) -> None:
    assert told(kit, FIRST[0], FIRST[1].replace("comp2", "comp4"), FIRST[2]) == [
        (1, '"comp2" of machine "2" at 2025-01-01 05:00:00')
    ]
    assert kit.rows("select count(*) from raw.failures") == [(4,)]


def test_a_file_that_goes_on_or_tells_of_another_time_leaves_nothing_out(kit: Kit) -> None:
    later = "2025-01-02 04:00:00,1,comp1\n"
    assert told(kit, *FIRST, later) == []
    assert told(kit, later.replace("-02", "-03")) == []
    assert told(kit, FIRST[0], FIRST[2], name="PdM_failures_2.csv") == []
