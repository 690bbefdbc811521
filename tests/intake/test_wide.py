"""A file of hundreds of columns is looked at within intake's memory, and what is not proposed of it is said."""

from pathlib import Path

import pytest

from intake.look import Intake, look
from intake.reading_entries import MOST_SENSORS
from intake.sentences import to_decide

CHANNELS = 240


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    return look(_folder(tmp_path_factory.mktemp("wide"), CHANNELS), "wide")


def _folder(folder: Path, channels: int) -> Path:
    names = [f"ch{place}" for place in range(channels)]
    lines = [",".join(["time,machine", *names])]
    for hour in range(30):
        cells = [str(place * 7 % 11 + hour / 10) for place in range(channels)]
        lines.append(",".join([f"2025-01-{1 + hour // 24:02d} {hour % 24:02d}:00:00,P1", *cells]))
    (folder / "readings.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_it_is_looked_at(found: Intake) -> None:
    assert found.why == ""
    assert found.profile is not None
    assert found.profile.rows == 30


def test_sensors_that_are_not_proposed_are_counted_and_asked_for(found: Intake) -> None:
    assert found.fleet is not None
    assert len(found.fleet.sensors) == MOST_SENSORS
    [asked] = [text for text in to_decide(found) if "sensors" in text]
    assert asked.startswith(f"Which of the {CHANNELS} sensors tell of failures: the first {MOST_SENSORS} are proposed")
    [left] = found.draft.left_out
    assert left.startswith(f"ch{MOST_SENSORS}, ch{MOST_SENSORS + 1}, ")
    assert left.endswith(f" and {CHANNELS - MOST_SENSORS - 12} more: more sensors than are proposed unasked")


def test_as_many_as_are_proposed_are_no_question(tmp_path: Path) -> None:
    found = look(_folder(tmp_path, MOST_SENSORS), "narrow")
    assert found.draft.left_out == ()
    assert not [text for text in to_decide(found) if "sensors" in text]
