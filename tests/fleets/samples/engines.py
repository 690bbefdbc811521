"""Thirty engines from their first cycle to the one after which they failed, fourteen sensors each cycle.

All wear alike: the hot section warms, the pressure behind it falls, the faster the older. The two columns that stay as
they are and the settings come with such files, and no sensor is made of them.
"""

import random

ENGINES, LIVES = 30, range(28, 44)  # and between how many cycles an engine lives
SETTINGS = ("setting1", "setting2", "setting3")
NEW = {"s1": 518.67, "s2": 642.0, "s3": 1585.0, "s4": 1400.0, "s7": 554.0, "s8": 2388.0, "s9": 9050.0, "s11": 47.3,
       "s12": 522.0, "s13": 2388.0, "s14": 8135.0, "s15": 8.42, "s17": 392.0, "s20": 39.0, "s21": 23.4}  # fmt: skip
WORN = {"s2": 1.6, "s3": 16.0, "s4": 28.0, "s7": -2.6, "s8": 0.2, "s9": 20.0, "s11": 0.9, "s12": -2.4, "s13": 0.2,
        "s14": 15.0, "s15": 0.09, "s17": 4.0, "s20": -0.5, "s21": -0.3}  # fmt: skip
NOISE = 0.25  # of what a sensor moves in a life


def sample(engines: int = ENGINES, lives: range = LIVES) -> dict[str, str]:
    """File name to text."""
    lines = [",".join(["unit", "cycle", *SETTINGS, *NEW])]
    for unit in range(1, engines + 1):
        chance = random.Random(unit)
        last = chance.randrange(lives.start, lives.stop)
        lines += [_row(unit, cycle, last, chance) for cycle in range(1, last + 1)]
    return {"engines.csv": "\n".join(lines) + "\n"}


def _row(unit: int, cycle: int, last: int, chance: random.Random) -> str:
    worn = (cycle / last) ** 3
    cells = [f"{NEW[name] + WORN.get(name, 0) * (worn + chance.gauss(0, NOISE)):.2f}" for name in NEW]
    settings = [f"{chance.gauss(0, 0.002):.4f}", f"{chance.gauss(0, 0.0003):.4f}", "100.0"]
    return ",".join([str(unit), str(cycle), *settings, *cells])
