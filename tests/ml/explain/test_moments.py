"""An event is told by its own time, which SQL can reckon from the row, and by hours where nobody has dated the row."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from ml.explain.moments import CODES_NAMED, all_error_words, clock_words, error_words, event_words
from settings import Fleet, Settings

AS_OF = datetime(2025, 12, 31, 6)


def told(hours: float | None, as_of: object = AS_OF) -> str:
    return event_words("error4", pd.Series({"as_of": as_of, "clock": hours}, dtype=object), "clock", "not on record")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=40), "at 05:20"),
        (timedelta(hours=6), "at 00:00"),
        (timedelta(hours=6, minutes=1), "yesterday at 23:59"),
        (timedelta(hours=71), "on Sunday at 07:00"),
        (timedelta(0), "at 06:00"),
    ],
)
def test_a_moment_is_told_as_people_of_that_morning_would(ago: timedelta, words: str) -> None:
    assert clock_words(AS_OF - ago, AS_OF) == words
    assert told(ago / timedelta(hours=1)) == f"error4 {words}"


def test_every_minute_of_three_days_is_told_as_it_was() -> None:
    """Hours are a quotient that is rounded to its last digit, maybe of a FLOAT; the minute is not."""
    for minutes in range(72 * 60):
        at = AS_OF - timedelta(minutes=minutes)
        for hours in (minutes / 60, float(np.float32(minutes / 60))):
            assert told(hours).endswith(f"at {at:%H:%M}")


def test_what_is_older_is_told_in_days_and_what_is_not_on_record_as_that() -> None:
    assert told(73) == "error4 3 days ago"
    assert told(None) == "error4: not on record"


@pytest.mark.parametrize("as_of", [None, pd.NaT, "2025-12-31", float("nan")])
def test_a_row_that_nobody_has_dated_tells_the_hours(as_of: object) -> None:
    assert told(18, as_of) == "error4 18 h ago"
    assert told(0.25, as_of) == "error4 less than 1 h ago"


@pytest.fixture(scope="module")
def fleet(settings: Settings) -> Fleet:
    return settings.fleet


def test_a_lone_error_is_not_counted_and_more_of_them_are(fleet: Fleet) -> None:
    row = pd.Series({"as_of": AS_OF, "error4_hours_since": 2 / 3, "error4_count_12h": 1.0, "error4_count_24h": 3.0})
    assert error_words("error4", row, 12, fleet) == "error4 at 05:20"
    assert error_words("error4", row, 24, fleet) == "error4 at 05:20, 3 in 24 h"
    assert error_words("error4", row.drop("error4_count_24h"), 24, fleet) == "error4 at 05:20"


def test_errors_of_any_kind_are_told_by_their_codes_within_the_window(fleet: Fleet) -> None:
    ago = {f"error{n}_hours_since": float(hours) for n, hours in ((1, 4), (2, 1), (3, 30), (4, 2), (5, 3))}
    row = pd.Series({"as_of": AS_OF, **ago, "errors_count_12h": 4.0, "errors_count_3h": 2.0, "errors_count_24h": 9.0})
    assert all_error_words(row, 3, fleet) == "error2 at 05:00 and error4 at 04:00"  # at just 3 h it is outside
    assert all_error_words(row, 12, fleet) == "error2 at 05:00, error4 at 04:00 and error5 at 03:00, 4 in 12 h"
    assert CODES_NAMED == 3
    quiet = pd.Series({"as_of": AS_OF, "errors_count_12h": 0.0})
    assert all_error_words(quiet, 12, fleet) == "0 errors of any kind in 12 h"
    assert all_error_words(quiet.drop("errors_count_12h"), 12, fleet) == "? errors of any kind in 12 h"
