"""Five chillers over 90 days: readings every six hours, and the work orders of the workshop with their codes.

A corrective order ends what its component announced: the compressor vibrates, the condenser takes more power, a lack of
refrigerant warms the supply. Orders of the season and one with a code that the table lacks are among them.
"""

import random
from datetime import datetime, timedelta

CHILLERS = tuple(f"CH{number:02}" for number in range(1, 6))
BEGIN, DAYS, STEP_HOURS, ONSET_HOURS = datetime(2016, 3, 1), 90, 6, 96
CORRECTIVE = {"M005": "Compressor repair", "M013": "Condenser cleaning after alarm", "L001": "Refrigerant leak"}
PLANNED = {"MT010": "Oil analysis", "MT002": "Tube brushing", "MT012": "Leak test"}
HEAD = "wo_id,wo_description,primary_code,equipment_id,preventive,actual_finish,duration"


def sample() -> dict[str, str]:
    """File name to text."""
    readings, orders = ["time,equipment_id,supply_temp,power,vibration"], list[tuple[datetime, str, str, str, str]]()
    for place, chiller in enumerate(CHILLERS):
        chance = random.Random(place)
        due = _failures(chance)
        orders += [(at, CORRECTIVE[code], code, chiller, "FALSE") for at, code in due]
        orders += [
            (BEGIN + timedelta(days=day + place, hours=14), text, code, chiller, "TRUE")
            for day, (code, text) in zip((10, 40, 70), PLANNED.items(), strict=True)
        ]
        for number in range(DAYS * 24 // STEP_HOURS):
            at = BEGIN + timedelta(hours=STEP_HOURS * number)
            worn = {code: max((_wear(at, end) for end, of in due if of == code), default=0.0) for code in CORRECTIVE}
            supply = 6.5 + chance.gauss(0, 0.2) + 3 * worn["L001"]
            power, shakes = 310 + chance.gauss(0, 8) + 70 * worn["M013"], 2.0 + chance.gauss(0, 0.15) + 3 * worn["M005"]
            readings.append(f"{at},{chiller},{supply:.2f},{power:.0f},{shakes:.2f}")
    orders.append((BEGIN + timedelta(days=20, hours=9), "Painting", "X999", CHILLERS[0], "FALSE"))
    table = [HEAD, *(_order(number, *order) for number, order in enumerate(sorted(orders), start=1))]
    files = {"readings.csv": readings, "work_orders.csv": table}
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def _order(number: int, at: datetime, text: str, code: str, chiller: str, preventive: str) -> str:
    finished = f"{at.month}/{at.day}/{at:%y} {at.hour}:{at:%M}"
    return f"WO{number:05},{text},{code},{chiller},{preventive},{finished},3:00"


def _failures(chance: random.Random) -> list[tuple[datetime, str]]:
    due, day = [], chance.uniform(8, 16)
    while day < DAYS - 1:
        due.append(
            (BEGIN + timedelta(hours=STEP_HOURS * round(day * 24 / STEP_HOURS) + 4), chance.choice([*CORRECTIVE]))
        )
        day += chance.uniform(9, 15)
    return due


def _wear(at: datetime, end: datetime) -> float:
    left = (end - at).total_seconds() / 3600
    return 1 - left / ONSET_HOURS if 0 < left < ONSET_HOURS else 0.0
