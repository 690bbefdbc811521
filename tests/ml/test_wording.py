from datetime import datetime

import pytest

from ml.wording import remaining_in_words, window_in_words

WEDNESDAY = datetime(2025, 1, 1, 6)


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
