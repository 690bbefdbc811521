"""Small inputs that went wrong once, kept beside the project: each is recognised, or says what cannot be told."""

from pathlib import Path

import pytest

from intake.look import look

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
NO_TABLES = ("e2e_", "operation")  # variants of a demo fleet, and programs
FOLDERS = sorted(path for path in CASES.glob("*/") if path.is_dir() and not path.name.startswith(NO_TABLES))
# Rows that no one spelling of times reads: they are counted as unusable, and told.
LOST = {"odd_times": 4, "tz_offset": 1}


@pytest.mark.skipif(not FOLDERS, reason=f"there is no {CASES}")
@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_case_is_recognised(folder: Path) -> None:
    found = look(folder, "fleet")
    assert found.why == ""
    assert found.looked.rows("telemetry") > 0
    assert not any(one.refused for one in found.looked.files)
    assert sum(one.unusable + one.unread for one in found.looked.files) == LOST.get(folder.name, 0)
