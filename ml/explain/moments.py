"""Events in words with their own time: 'error4 at 05:20, 3 in 12 h', 'comp2 replaced yesterday at 22:10'.

The moment is `as_of` less a column of the mart, the hours since the last such event that was known by then: SQL can
check it, and a night that is asked again tells the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ml.mart.feature_names import ERRORS, error_clock, feature_name
from settings import Fleet

CLOCK_UP_TO = 72  # hours; what is older is told in days
CODES_NAMED = 3


def event_words(subject: str, row: "pd.Series[Any]", clock: str, absent: str) -> str:
    """When the event last happened, whose hours ago the column `clock` of the row has; `absent` where it has none."""
    hours = number_in(row, clock)
    if hours is None:
        return f"{subject}: {absent}"
    return f"{subject} {_when(hours, row)}" if hours <= CLOCK_UP_TO else f"{subject} {hours / 24:.0f} days ago"


def error_words(code: str, row: "pd.Series[Any]", window_hours: int, fleet: Fleet) -> str:
    """The last error of a code, and how many there were within the window if it was not alone."""
    words = event_words(fleet.error_label(code), row, error_clock(code), "not on record")
    count = number_in(row, feature_name(code, "count", window_hours))
    return words if count is None or count < 2 else f"{words}, {count:.0f} in {window_hours} h"


def all_error_words(row: "pd.Series[Any]", window_hours: int, fleet: Fleet) -> str:
    """The errors of any code within the window: of each code the last one's time, the latest first, and how many."""
    count = number_in(row, feature_name(ERRORS, "count", window_hours))
    hours = {code: number_in(row, error_clock(code)) for code in fleet.error_codes}
    inside = sorted((ago, code) for code, ago in hours.items() if ago is not None and ago < window_hours)
    if not inside:
        return f"{_counted_errors(count)} of any kind in {window_hours} h"
    named = [f"{fleet.error_label(code)} {_when(ago, row)}" for ago, code in inside[:CODES_NAMED]]
    more = f", {count:.0f} in {window_hours} h" if count and count > len(named) else ""
    return f"{_listed(named)}{more}"


def clock_words(at: datetime, as_of: datetime) -> str:
    """'at 05:20', 'yesterday at 22:10', 'on Sunday at 04:00', as said on the morning of `as_of`."""
    days = (as_of.date() - at.date()).days
    day = {0: "", 1: "yesterday "}.get(days, f"on {at:%A} ")
    return f"{day}at {at:%H:%M}"


def number_in(row: "pd.Series[Any]", column: str) -> float | None:
    """A number of the row; None where it is missing, or where there is no such column."""
    value = row.get(column)
    return None if value is None or pd.isna(value) else float(value)


def _when(hours: float, row: "pd.Series[Any]") -> str:
    """A moment of at most CLOCK_UP_TO hours ago; a row that nobody has dated, such as a what-if's, tells the hours."""
    as_of = row.get("as_of")
    if not isinstance(as_of, datetime) or pd.isna(as_of):
        return "less than 1 h ago" if hours < 1 else f"{hours:.0f} h ago"
    at = as_of - timedelta(seconds=round(3600 * hours))  # hours are rounded to their last digit, moments are not
    return clock_words(at, as_of)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _counted_errors(count: float | None) -> str:
    return "? errors" if count is None else "1 error" if count == 1 else f"{count:.0f} errors"
