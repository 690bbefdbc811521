"""A file that is tried is judged as landing judges it, and nothing comes of it."""

from pathlib import Path

import pytest

from ingestion.trial_landing import rejected_in_trial
from settings import Fleet, load_settings

HEADER = "datetime,machineID,comp,verdict,note\n"


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return load_settings(env={}).fleet


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'{HEADER}2025-01-01 07:30:00,1,comp2,Replaced,"seal, hose"\n', ""),
        (f"{HEADER}2025-01-01 07:30:00,1,comp2,fine,\n", 'verdict is "fine": not one of'),
        (f"{HEADER}2150-01-01 07:30:00,1,comp2,replaced,\n", "datetime is "),
        ("", "PdM_feedback_x.csv is empty"),
        ("datetime,machineID,verdict\n2025-01-01 07:30:00,1,replaced\n", "PdM_feedback_x.csv"),
    ],
)
def test_a_trial_says_what_landing_would_reject(fleet: Fleet, tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "PdM_feedback_x.csv"
    file.write_text(text)
    found = rejected_in_trial(file, "feedback", fleet)
    assert bool(found) == bool(reason)
    assert all(said.startswith(reason) for said in found)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
