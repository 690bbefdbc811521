"""What happened is marked at its own time, labelled as far as there is room, and told to those who do not see it."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from delivery.pages.machine.contents import EventKind, MachineEvent
from delivery.pages.morning.marks import LANES, marks_of
from settings import Fleet, load_settings

AS_OF = datetime(2025, 12, 31, 6)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    found = load_settings(env={}).fleet
    return Fleet.model_validate({**found.model_dump(), "components": {"comp1": "Main drive", "comp2": "Seal kit"}})


def event(hours: float, subject: str, kind: EventKind = "error") -> MachineEvent:
    return MachineEvent(AS_OF - hours * HOUR, kind, subject)


def test_each_event_has_a_line_of_its_kind_and_a_label_with_its_time(fleet: Fleet) -> None:
    events = (event(0.5, "error4"), event(84, "comp1", "replacement"), event(42, "comp2", "failure"))
    marks = marks_of(events, AS_OF, 7, fleet)
    assert dict(marks.lines) == {"failure": (750.0,), "replacement": (500.0,), "error": (997.0,)}
    labels = {label.text: label for lane in marks.lanes for label in lane}
    assert set(labels) == {"error4 05:30", "Main drive replaced Sat 18:00", "Seal kit failed Mon 12:00"}
    assert labels["error4 05:30"].left == 99.7
    assert labels["error4 05:30"].before, "to the right of it the picture ends"
    assert marks.spoken == "error4 05:30; Seal kit failed Mon 12:00; Main drive replaced Sat 18:00"


def test_what_lies_outside_of_the_picture_is_not_marked(fleet: Fleet) -> None:
    marks = marks_of((event(7 * 24, "error1"), event(-1, "error2")), AS_OF, 7, fleet)
    assert (marks.lines, marks.lanes, marks.more, marks.spoken) == ((), (), 0, "")


def test_errors_close_together_are_counted_in_one_label_and_a_repair_told_with_its_failure(fleet: Fleet) -> None:
    events = tuple(event(hours, "error4") for hours in (0.5, 1, 2, 20))
    repaired = (event(100, "comp1", "failure"), event(98, "comp1", "replacement"))
    marks = marks_of(events + repaired, AS_OF, 7, fleet)
    assert marks.spoken == "error4 05:30 ×3; error4 Tue 10:00; Main drive failed, replaced Sat 04:00"
    assert len(dict(marks.lines)["error"]) == 4, "each has its line all the same"


def test_labels_hide_none_of_another_and_what_has_no_room_is_counted(fleet: Fleet) -> None:
    events = tuple(event(6 * number, f"error{1 + number % 5}") for number in range(20))
    marks = marks_of(events, AS_OF, 7, fleet)
    assert len(marks.lanes) == LANES
    assert sum(map(len, marks.lanes)) + marks.more == 20
    assert marks.more > 0
    assert marks.lanes[0][0].text == "error1 06:00", "the latest comes first"
    for lane in marks.lanes:
        spans = sorted((label.left - 2.35 * len(label.text), label.left) if label.before
                       else (label.left, label.left + 2.35 * len(label.text)) for label in lane)  # fmt: skip
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_midnights_have_the_names_of_their_days(fleet: Fleet) -> None:
    days = marks_of((), AS_OF, 7, fleet).days
    assert [name for _, name in days] == ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue"], "the last has no room"
    assert days[-1] == (82.1, "Tue")
