"""How a machine's page writes moments and figures."""

import math
from datetime import datetime


def short_day(moment: datetime) -> str:
    """'3 Mar'."""
    return f"{moment.day} {moment:%b}"


def clock(moment: datetime) -> str:
    """'Mon 3 March, 06:00'."""
    return f"{moment:%a} {moment.day} {moment:%B}, {moment:%H:%M}"


def digits_for(span: float) -> int:
    """How many decimals tell apart what lies `span` apart: three figures of it."""
    if not math.isfinite(span) or span <= 0:
        return 1
    return min(max(2 - math.floor(math.log10(span)), 0), 9)


def figure(value: float, digits: int) -> str:
    """A figure with so many decimals; never '-0.0'."""
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def with_unit(text: str, unit: str) -> str:
    """'172.1 V'; a text without a unit as it is."""
    return f"{text} {unit}".strip()
