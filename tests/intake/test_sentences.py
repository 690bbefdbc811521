"""What is wrong with the data of a folder is found, counted and told: one folder with one trouble of each kind."""

from datetime import datetime, timedelta

import pytest

from intake.look import Intake, look
from intake.sentences import carry_lines, failure_lines, headline, readings, to_fix

BEGIN, DAYS = datetime(2025, 3, 3), 60  # a Monday; no clock of Europe or America changes at night in these hours
MACHINES = ("P1", "P2", "P3", "P4")


def _readings() -> list[str]:
    out = []
    for hour in range(24 * DAYS):
        moment = BEGIN + timedelta(hours=hour)
        for place, machine in enumerate(MACHINES):
            if machine == "P2" and 480 <= hour < 520:
                continue  # a pause of 40 hours
            temp = 40 + place + hour * 7 % 11 / 10
            if machine == "P1" and hour in (100, 101, 102):
                temp = -9999
            if machine == "P4" and hour == 700:
                temp = 400
            valve = 5 if machine == "P3" else hour * 5 % 13
            pressure = (5_000 if machine == "P4" else 5) * (1 + hour % 7 / 50)
            out.append(f"{moment},{machine},{temp},{pressure},{valve},{hour % 97 + place}")
    out += [out[0], out[1].replace("41", "47")]  # a repeat, and a conflict; both lie before the line above them
    return [*out, "2099-01-01 00:00:00,P1,40,5,1,1", "1970-01-01 00:00:00,P1,40,5,1,1", "soon,P1,40,5,1,1"]


def _failures() -> list[str]:
    """On weekdays at 08:00, but one after P2's pause, one told again an hour later, and one of a machine misspelled."""
    days = [day for day in range(7, DAYS - 2) if (BEGIN + timedelta(days=day)).weekday() < 5][::2]
    out = [f"{BEGIN + timedelta(days=day, hours=8)},P{1 + day % 4},seal" for day in days]
    out += [
        f"{BEGIN + timedelta(hours=512)},P2,seal",
        f"{BEGIN + timedelta(days=days[0], hours=9)},P{1 + days[0] % 4},seal",
    ]
    return [*out, f"{BEGIN + timedelta(days=9, hours=8)},p-01,bearing"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Intake:
    folder = tmp_path_factory.mktemp("troubles")
    head = "time,machine,temp (°C),pressure (bar),valve (%),load"
    (folder / "readings.csv").write_text("\n".join([head, *_readings()]) + "\n")
    (folder / "failures.csv").write_text("\n".join(["time,machine,component", *_failures()]) + "\n")
    (folder / "machines.csv").write_text("machine,type\nP1,big\nP2,big\nP3,small\nP4,small\n")
    return look(folder, "troubles")


@pytest.mark.parametrize(
    "told",
    [
        "readings.csv: 1 of 5,725 rows cannot be used as telemetry",
        "Readings in the future: 1.",
        "Readings before 1990: 1.",
        "Rows that say otherwise than another about the same machine and moment: 1.",
        "Rows that say again what another said of the same machine and moment: 1.",
        "Rows earlier than the line above them: 3.",
        "temp: -9999 stands 3 times and probably for no value",
        "pressure: the medians of machines differ by a factor of 1,000",
        "valve: never changes on 1 of 4 machines",
        "p-01 (meant is P1?)",
        "are dated between 08 and 09 h",
        "dated on a weekend, where 29 % would fall by chance",
        "within a day of another of the same machine and component 2",
        "Failures: of machines without readings 1",
    ],
)
def test_a_trouble_is_told(found: Intake, told: str) -> None:
    assert told in "\n".join(to_fix(found))


def test_the_readings_in_figures(found: Intake) -> None:
    facts = dict(readings(found))
    assert facts["Rows"] == "5,724 of 4 machines"
    assert facts["Span"] == "2025-03-03 00:00 to 2025-05-01 23:00, 60 days"
    assert facts["Types"] == "big (2), small (2)"
    assert facts["Step"].startswith("1 h")
    assert facts["Pauses"] == "1 of more than three steps, on 1 machine; the longest 1.7 d of P2 from 2025-03-22 23:00"


def test_a_spike_is_counted_and_a_stand_in_is_left_outside_the_range(found: Intake) -> None:
    temp = next(one for one in found.sensors if one.guess.name == "temp")
    assert temp.spikes == 4  # with the three that stand for no value
    assert found.fleet is not None
    assert found.fleet.sensors["temp"].min > -9999
    assert found.fleet.sensors["temp"].unit == "°C"


def test_failures_by_component_type_and_pause(found: Intake) -> None:
    facts = dict(failure_lines(found))
    assert "seal" in facts["By component"]
    assert "bearing 1" in facts["By component"]
    assert "on 2 machines" in facts["By type"]
    assert facts["After a pause"].startswith("1 with")


def test_what_they_can_carry_is_told(found: Intake) -> None:
    facts = dict(carry_lines(found))
    assert "of 60 days; what comes before is learnt from" in facts["Room"]
    assert "at least 5 are needed" in facts["Would train"]
    assert "enough to train a model" in headline(found)
    assert found.carried is not None
    assert "do not allow 30 held-out nights" in found.carried.advice[0]
