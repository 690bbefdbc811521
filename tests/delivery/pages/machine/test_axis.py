"""The time axis: where moments stand on it, and which of them are written."""

from datetime import datetime, timedelta

import pytest

from delivery.pages.machine.axis import ACROSS, MOST_TICKS, axis_of
from delivery.pages.machine.row import placed_labels

NOW = datetime(2025, 3, 31, 6)
DAY = timedelta(days=1)


def test_it_goes_on_to_what_is_pointed_at_and_no_farther_than_half_its_weeks() -> None:
    assert axis_of(NOW, 4, 24).end == NOW + DAY
    assert axis_of(NOW, 4, 24, [NOW + 5 * DAY, NOW - DAY]).end == NOW + 5 * DAY
    axis = axis_of(NOW, 4, 24, [NOW + 500 * DAY])
    assert axis.end == NOW + 14 * DAY
    assert (axis.x(axis.start), axis.x(axis.end), axis.x(NOW + 500 * DAY)) == (0, ACROSS, ACROSS)
    assert axis.x(axis.start - DAY) == 0


@pytest.mark.parametrize("weeks", [1, 2, 4, 8, 13, 26, 53])
def test_a_few_midnights_are_written_whatever_its_length(weeks: int) -> None:
    ticks = axis_of(NOW, weeks, 24).ticks()
    assert 2 <= len(ticks) <= MOST_TICKS + 1
    assert all((tick.hour, tick.minute) == (0, 0) for tick in ticks)
    assert weeks < 4 or all(tick.weekday() == 0 for tick in ticks)


def test_labels_stand_beside_their_marks_and_never_on_each_other() -> None:
    marks = [(990.0, "late"), (0.0, "first"), (20.0, "crowded"), (400.0, "middle"), (520.0, "beside"), (640.0, "near")]
    labels = placed_labels(marks)
    assert [(label.text, label.before) for label in labels] == [
        ("first", False), ("middle", False), ("beside", False), ("near", False), ("late", True)
    ]  # fmt: skip
    assert [label.text for label in labels if label.wide] == ["beside"]
