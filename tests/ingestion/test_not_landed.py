"""Which drops have not landed: new ones and changed ones, and none that was renamed, cut short or dropped again."""

from pathlib import Path

import pytest

from ingestion.not_landed import not_landed
from tests.ingestion.landing_kit import ROW, TELEMETRY, Kit, fleet
from warehouse.connection import connect


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    kit = Kit(tmp_path)
    kit.landed(TELEMETRY + ROW + ROW.replace("06:00", "07:00"))
    return kit


def waiting(kit: Kit) -> list[str]:
    with connect(kit.warehouse, read_only=True) as con:
        return list(not_landed(con, kit.drops, fleet()))


def test_what_has_landed_is_not_waited_for_whatever_its_name(kit: Kit) -> None:
    assert waiting(kit) == []
    (kit.drops / "PdM_telemetry.csv").rename(kit.drops / "PdM_telemetry_2025.csv")
    assert waiting(kit) == []


def test_a_file_that_was_cut_short_waits_until_it_has_landed(kit: Kit) -> None:
    kit.drop("PdM_telemetry.csv", TELEMETRY + ROW)
    assert waiting(kit) == ["PdM_telemetry.csv"]
    kit.land()
    assert waiting(kit) == []


def test_a_new_file_waits_and_so_does_one_that_cannot_be_read(kit: Kit) -> None:
    kit.drop("PdM_errors.csv", "datetime,machineID,errorID\n")
    (kit.drops / "PdM_failures.csv").symlink_to(kit.drops / "nowhere.csv")
    assert waiting(kit) == ["PdM_errors.csv"]  # a link to nowhere is no file
    kit.land()
    assert waiting(kit) == []
