"""Figures as a reader of a page sees them."""

import math

DASH = "–"
NBSP = "\u00a0"


def number(value: object, digits: int = 2) -> str:
    """A figure with `digits` decimals and thousands separated; an en dash where it is not known."""
    if value is None or not math.isfinite(known := float(str(value))):
        return DASH
    return f"{known:,.{digits}f}"


def count(value: object) -> str:
    return number(value, 0)


def percent(value: float, digits: int = 0) -> str:
    return f"{100 * value:.{digits}f}{NBSP}%" if math.isfinite(value) else DASH


def of(part: object, whole: object) -> str:
    return f"{count(part)} of {count(whole)}"
