"""Forty drives over six weeks, a row a drive and day, a file a week; a drive's row says when it failed.

A drive that is to fail counts reallocated and pending sectors for some days before; others count a few all their life.
Two models; what a model does not count is empty.
"""

import random
from datetime import date, timedelta

BEGIN, DAYS, WEEK = date(2024, 3, 4), 42, 7
COUNTERS = (1, 5, 9, 12, 183, 184, 187, 188, 189, 192, 193, 194, 197, 198, 199)
MODELS = {"NS-4000": {183, 184, 187, 188, 189}, "NS-8000": set[int]()}  # and what it does not count
DRIVES, ANNOUNCED_DAYS = 40, 9
FAILURES = {drive: 5 + 2 * drive for drive in range(0, 18)}  # number of the drive: its last day


def sample() -> dict[str, str]:
    """File name to text."""
    head = ["date", "serial_number", "model", "capacity_bytes", "failure", *(f"smart_{n}_raw" for n in COUNTERS)]
    weeks: dict[str, list[str]] = {}
    for day in range(DAYS):
        name = f"drives_{BEGIN + timedelta(days=day - day % WEEK)}.csv"
        lines = weeks.setdefault(name, [",".join(head)])
        lines += [_row(drive, day) for drive in range(DRIVES) if day <= FAILURES.get(drive, DAYS)]
    return {name: "\n".join(lines) + "\n" for name, lines in weeks.items()}


def _row(drive: int, day: int) -> str:
    model = list(MODELS)[drive % 2]
    counts = _counts(drive, day)
    cells = ["" if n in MODELS[model] else str(counts.get(n, 0)) for n in COUNTERS]
    failed = int(FAILURES.get(drive) == day)
    return ",".join([str(BEGIN + timedelta(days=day)), f"NS{drive:04}", model, "4000787030016", str(failed), *cells])


def _counts(drive: int, day: int) -> dict[int, int]:
    born = random.Random(drive)
    hours, cycles, old = born.randrange(2000, 30000), born.randrange(5, 60), born.choice([0, 0, 0, 8])
    left = FAILURES[drive] - day if drive in FAILURES else ANNOUNCED_DAYS
    worn = max(0, ANNOUNCED_DAYS - left)
    chance = random.Random(f"{drive} {day}")
    return {
        9: hours + 24 * day,
        12: cycles + day // 20,
        5: old + 8 * worn**2,
        197: 8 * worn,
        198: 4 * worn,
        187: worn,
        192: cycles // 2,
        193: 3 * hours + 40 * day,
        194: chance.randrange(22, 31),
        1: chance.randrange(0, 200),
    }
