"""Four pumps of a historian, one reading a row, by the clock of Berlin over the night when it is put back.

Pump 103 grows hotter over the last two days; the others run as ever. `mode` comes only when it changes, and the quality
of some readings is bad.
"""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PUMPS = ("101", "102", "103", "104")
BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
BEGIN, HOURS = datetime(2025, 10, 15, tzinfo=UTC), 18 * 24
HOT_HOURS = 48
DOWNTIME = ["pump;begin;end;cause", "Pump 102;22.10.2025 09:20;22.10.2025 15:00;Shaft seal"]


def sample() -> dict[str, str]:
    """File name to text."""
    lines = ["timestamp;tag;value;quality"]
    for hour in range(HOURS):
        at = (BEGIN + timedelta(hours=hour)).astimezone(BERLIN).strftime("%d.%m.%Y %H:%M:%S")
        lines += [f"{at};{reading}" for pump in PUMPS for reading in _readings(pump, hour)]
    return {"historian_2025-10.csv": "\n".join(lines) + "\n", "downtime.csv": "\n".join(DOWNTIME) + "\n"}


def _readings(pump: str, hour: int) -> Iterator[str]:
    chance = random.Random(f"{pump} {hour}")
    worn = max(0.0, 1 - (HOURS - hour) / HOT_HOURS) if pump == "103" else 0.0
    heat = 55 + int(pump) % 4 + 2 * math.sin(hour / 24 * 2 * math.pi) + chance.gauss(0, 0.8) + 20 * worn
    quality = "Bad" if chance.random() < 0.01 else "Good"
    yield f"P{pump}.TT01;{f'{heat:.1f}'.replace('.', ',')};{quality}"
    yield f"P{pump}.PT01;{chance.gauss(6200, 90):.0f};Good"  # mbar
    if hour % 24 == 0:
        yield f"P{pump}.MODE;2;Good"
    elif hour % 24 == 20:
        yield f"P{pump}.MODE;1;Good"
