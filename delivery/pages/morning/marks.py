"""What happened to a machine, marked on its pictures: a line for each event, and a label with its time above them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.pages.machine.axis import ONE_DAY, TimeAxis
from delivery.pages.machine.contents import MachineEvent
from delivery.pages.machine.events import HAPPENED, called
from delivery.pages.machine.row import MarkLabel, in_one_lane
from settings import Fleet

LANE_LETTER = 0.0235  # of a picture's width
LANES = 4  # of labels
LAST_DAY = 0.93  # of the width: a later midnight has no room for its name
SAME_LABEL = timedelta(hours=4)  # so close together the same is written once


@dataclass(frozen=True)
class Marks:
    """`lines`: by kind, each x across the picture; `lanes`: labels, the latest in the first; `more` have no room.

    `days`: x in percent and name of each midnight. `spoken` tells all of it.
    """

    lines: tuple[tuple[str, tuple[float, ...]], ...]
    lanes: tuple[tuple[MarkLabel, ...], ...]
    more: int
    days: tuple[tuple[float, str], ...]
    spoken: str


def marks_of(events: Sequence[MachineEvent], as_of: datetime, days: int, fleet: Fleet) -> Marks:
    """The marks of the events in (as_of - days, as_of]."""
    axis = TimeAxis(as_of - timedelta(days=days), as_of, as_of)
    inside = sorted((one for one in events if axis.start < one.at <= as_of), key=lambda one: (one.at, one.kind))
    told = [(axis.x(group[-1].at), _label(group, as_of, fleet)) for group in _groups(inside)][::-1]
    lanes: list[tuple[MarkLabel, ...]] = []
    left = told
    while left and len(lanes) < LANES:
        placed, left = in_one_lane(left, LANE_LETTER, over=True)
        lanes.append(tuple(placed))
    return Marks(
        lines=tuple(_lines(inside, axis)),
        lanes=tuple(lanes),
        more=len(left),
        days=tuple(_midnights(axis)),
        spoken="; ".join(text for _, text in told),
    )  # fmt: skip


def _lines(events: Sequence[MachineEvent], axis: TimeAxis) -> Iterator[tuple[str, tuple[float, ...]]]:
    for kind in HAPPENED:
        if places := sorted({axis.x(one.at) for one in events if one.kind == kind}):
            yield kind, tuple(places)


def _midnights(axis: TimeAxis) -> Iterator[tuple[float, str]]:
    day = datetime(axis.start.year, axis.start.month, axis.start.day) + ONE_DAY
    while axis.start < day and axis.share(day) < LAST_DAY:
        yield round(100 * axis.share(day), 1), f"{day:%a}"
        day += ONE_DAY


def _groups(events: Sequence[MachineEvent]) -> list[list[MachineEvent]]:
    """Events of one subject that follow each other within SAME_LABEL, by their last one."""
    groups: list[list[MachineEvent]] = []
    for event in events:
        last = next((one for one in reversed(groups) if one[-1].subject == event.subject), None)
        if last and event.at - last[-1].at <= SAME_LABEL:
            last.append(event)
        else:
            groups.append([event])
    return sorted(groups, key=lambda one: one[-1].at)


def _label(group: Sequence[MachineEvent], as_of: datetime, fleet: Fleet) -> str:
    """'error4 05:20', 'error4 05:20 ×3', 'comp2 failed, replaced Sun 14:00'."""
    last = group[-1]
    kinds = dict.fromkeys(HAPPENED[one.kind] for one in group if one.kind != "error")
    what = " ".join(filter(None, (called(last, fleet), ", ".join(kinds))))
    when = f"{last.at:%H:%M}" if last.at.date() == as_of.date() else f"{last.at:%a %H:%M}"
    return f"{what} {when}" + (f" ×{len(group)}" if len(group) > 1 and not kinds else "")
