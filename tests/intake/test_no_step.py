"""Readings that come when something happens: no step is commonest, and minutes and days lie between them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from intake.look import Intake, look
from intake.sentences import failure_lines, readings, to_fix

BEGIN = datetime(2025, 6, 2)
GAPS = (0.05, 0.07, 0.3, 0.4, 1, 5, 20)  # hours, each a little longer than the time before


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    folder = tmp_path_factory.mktemp("events")
    lines, failures = _readings_and_failures()
    (folder / "readings.csv").write_text("\n".join(["time,machine,temp", *lines]) + "\n")
    (folder / "failures.csv").write_text("\n".join(["time,machine,component", *failures]) + "\n")
    return look(folder, "events")


def _readings_and_failures() -> tuple[list[str], list[str]]:
    lines, failures = [], []
    for place in range(3):
        moment = BEGIN + timedelta(minutes=place)
        for turn in range(280):
            moment += timedelta(hours=GAPS[turn * 3 % 7]) * (1 + turn / 400) + timedelta(seconds=place)
            lines.append(f"{moment},P{place},{40 + turn * 7 % 11}")
            if turn % 70 == 69:
                failures.append(f"{moment + timedelta(hours=18)},P{place},seal")
    return lines, failures


def test_the_step_is_the_one_in_the_middle(found: Intake) -> None:
    """The commonest is one in a hundred: by it all but every reading would count as lost."""
    assert found.profile is not None
    assert not found.profile.is_steady
    assert 0.3 * 3600 < found.profile.step_seconds < 0.9 * 3600
    assert "in the middle, for readings come at no step" in dict(readings(found))["Step"]
    assert 0.3 < yaml.safe_load(found.text)["vars"]["telemetry_step_hours"] < 0.9


def test_a_machine_is_not_silent_before_it_is_quiet_for_longer_than_usual(found: Intake) -> None:
    assert found.profile is not None
    proposed = yaml.safe_load(found.text)["vars"]
    silent = proposed["settings"]["scoring"]["silent_after_hours"]
    assert silent * 3600 >= found.profile.pause_seconds > 24 * 3600
    assert silent <= max(proposed["windows_hours"]) < proposed["baseline_hours"]
    assert found.fleet is not None
    assert not found.why


def test_what_is_usual_is_no_pause(found: Intake) -> None:
    facts = dict([*readings(found), *failure_lines(found)])
    assert facts["Pauses"].startswith("9 of more than 1")
    assert facts["After a pause"].startswith("0 with the last reading more than 1")
    assert not [text for text in to_fix(found) if "pause" in text]


def test_a_steady_step_stays_the_commonest(tmp_path: Path) -> None:
    hours = [hour for hour in range(300) if hour % 9 < 6]
    rows = [f"{BEGIN + timedelta(hours=hour)},P1,{hour % 7}" for hour in hours]
    (tmp_path / "readings.csv").write_text("\n".join(["time,machine,temp", *rows]) + "\n")
    found = look(tmp_path, "steady")
    facts = dict(readings(found))
    assert facts["Step"].startswith("1 h in ")
    assert "of more than three steps" in facts["Pauses"]
    assert "silent_after_hours" not in found.text
