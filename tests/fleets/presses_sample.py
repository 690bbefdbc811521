"""The sample of fleets/presses: `python -m tests.fleets.presses_sample` writes it anew, the same byte for byte.

Eight presses over 110 days. The drive of a press runs hot for days before it fails, the oil pressure falls before the
seals do, and each is announced by errors of its code. No register, no maintenance feed; codes as the controller spells
them.
"""

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

from settings import ROOT

FOLDER = ROOT / "fleets/presses/sample"
BEGIN, DAYS, STEP_HOURS = datetime(2025, 1, 1), 110, 6
MACHINES = [f"Halle {hall}/Presse Ü-{number}" for hall in (1, 2) for number in (1, 2, 3, 4)]
ONSET_HOURS = 96  # how long before a failure its sensor drifts
CODES = {"drive": "E 207: Übertemperatur", "seals": "E 101 / pump"}
PARTS = {"drive": "Main drive", "seals": "Seal kit"}


def sample() -> dict[str, str]:
    """File name to text."""
    telemetry = ["datetime,machineID,Motor Temp (°C),Öldruck,stroke_rate"]
    errors, failures = ["datetime,machineID,errorID"], ["datetime,machineID,failure"]
    for place, machine in enumerate(MACHINES):
        chance = random.Random(place)
        due = _failures(chance)
        for at, part in due:
            failures.append(f"{at},{machine},{PARTS[part]}")
            for hours in (60, 30, 8):
                errors.append(f"{at - timedelta(hours=hours)},{machine},{CODES[part]}")
        for number in range(DAYS * 24 // STEP_HOURS):
            at = BEGIN + timedelta(hours=STEP_HOURS * number)
            worn = {part: max((_wear(at, end) for end, of in due if of == part), default=0.0) for part in PARTS}
            heat = 60 + 3 * math.sin(number / 4 * 2 * math.pi) + chance.gauss(0, 1.5) + 25 * worn["drive"]
            pressure = 180 + chance.gauss(0, 4) - 60 * worn["seals"]
            telemetry.append(f"{at},{machine},{heat:.1f},{pressure:.0f},{chance.gauss(40, 2):.0f}")
    files = {"telemetry": telemetry, "errors": errors, "failures": failures}
    return {f"{feed}.csv": "\n".join([lines[0], *sorted(lines[1:])]) + "\n" for feed, lines in files.items()}


def _failures(chance: random.Random) -> list[tuple[datetime, str]]:
    """Every two to three weeks one or the other part, by turns of chance."""
    due, day = [], chance.uniform(14, 24)
    while day < DAYS:
        at = BEGIN + timedelta(hours=STEP_HOURS * round(day * 24 / STEP_HOURS) + 3)
        due.append((at, chance.choice(list(PARTS))))
        day += chance.uniform(11, 19)
    return due


def _wear(at: datetime, end: datetime) -> float:
    left = (end - at).total_seconds() / 3600
    return 1 - left / ONSET_HOURS if 0 < left < ONSET_HOURS else 0.0


def write(folder: Path = FOLDER) -> None:
    for name, text in sample().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
