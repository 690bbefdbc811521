"""Numbers, moments and spans as people say them."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from ml.wording import counted, deadline, hours_in_words, percent, remaining_in_words, since_in_words, window_in_words

WEDNESDAY = datetime(2025, 1, 1, 6)
AS_OF = datetime(2025, 12, 31, 6)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (30, 100, "likely between 12:00 tomorrow and Sunday"),
        (5.2, 9, "likely between 11:00 today and 15:00 today"),
        (0.4, 9, "likely before 15:00 today"),
        (52, 60, "likely Friday"),
        (100, None, "not before Sunday"),
        (0.2, None, "at any time"),
        (None, None, "not within 7 days"),
        (24 * 7, 24 * 400, "likely between 8 January and 5 February 2026"),
    ],
)
def test_when_it_will_fail_is_said_in_words(low: float | None, high: float | None, words: str) -> None:
    assert remaining_in_words(WEDNESDAY, low, high, 168) == words


def test_how_sure_is_said_of_windows_alone() -> None:
    assert window_in_words(WEDNESDAY, 30, 100, 168, 0.8) == "Likely between 12:00 tomorrow and Sunday (80 % sure)"
    assert window_in_words(WEDNESDAY, None, None, 36, 0.8) == "Not within 36 hours"


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.97, "97 %"), (0.004, "<1 %"), (0.999, ">99 %"), (1.0, "100 %"), (0.0, "0 %"), (None, "–"), (np.nan, "–")],
)
def test_percent(probability: float | None, words: str) -> None:
    assert percent(probability) == words


@pytest.mark.parametrize(("hours", "words"), [(1, "1 hour"), (24, "24 hours"), (48, "48 hours"), (72, "3 days")])
def test_hours_in_words(hours: int, words: str) -> None:
    assert hours_in_words(hours) == words


@pytest.mark.parametrize(
    ("hours", "words"), [(6, "12:00 today"), (24, "06:00 tomorrow"), (72, "06:00 Saturday 3 January")]
)
def test_deadline(hours: int, words: str) -> None:
    assert deadline(AS_OF, hours) == words


@pytest.mark.parametrize(("number", "words"), [(0, "no alert"), (1, "1 alert"), (2, "2 alerts")])
def test_counted(number: int, words: str) -> None:
    assert counted(number, "alert") == words


@pytest.mark.parametrize(("hours", "words"), [(13, "13 h ago"), (71, "71 h ago"), (96, "4 days ago")])
def test_since_in_words(hours: int, words: str) -> None:
    assert since_in_words(AS_OF - timedelta(hours=hours), AS_OF).endswith(words)
