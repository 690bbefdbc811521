"""Six pumps and six fans over 30 days, each type in a file with its own columns; no codes, and one failure on record.

Pump 4 runs hot on its last days, and fan 2 moves less air.
"""

import random
from datetime import datetime, timedelta

BEGIN, DAYS, STEP_HOURS = datetime(2025, 5, 1), 30, 6
STEPS = DAYS * 24 // STEP_HOURS
LATE_STEPS = 12


def sample() -> dict[str, str]:
    """File name to text."""
    pumps, fans = ["time,pump,vibration,bearing_temp"], ["time,fan,vibration,air_flow"]
    for step in range(STEPS):
        at, chance = BEGIN + timedelta(hours=STEP_HOURS * step), random.Random(step)
        late = max(0, step - (STEPS - LATE_STEPS)) / LATE_STEPS
        for number in range(1, 7):
            heat = 48 + number + chance.gauss(0, 1) + (25 * late if number == 4 else 0)
            pumps.append(f"{at},P-{number},{chance.gauss(2.2, 0.2):.2f},{heat:.1f}")
            air = 9000 + 100 * number + chance.gauss(0, 150) - (4000 * late if number == 2 else 0)
            fans.append(f"{at},F-{number},{chance.gauss(1.4, 0.1):.2f},{air:.0f}")
    failures = ["datetime,machineID,failure", "2025-05-14 10:00,F-5,Drive belt"]
    files = {"pumps.csv": pumps, "fans.csv": fans, "failures.csv": failures}
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}
