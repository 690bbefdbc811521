"""What happened to a machine as rows: an error code's reports as ticks, a component's failures and replacements."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from delivery.pages.machine.axis import TimeAxis
from delivery.pages.machine.contents import MachineEvent
from delivery.pages.machine.row import Box, MarkLabel, PictureRow, Trace, placed_labels
from delivery.pages.machine.words import clock, short_day
from ml.wording import counted
from settings import Fleet

LANE_HEIGHT = 24
CODE_ROWS = 8
SAME_MARK = 20  # of the width: a failure and its repair are written as one
HAPPENED = {"failure": "failed", "replacement": "replaced", "error": "reported"}


def error_rows(events: Sequence[MachineEvent], axis: TimeAxis, fleet: Fleet) -> list[PictureRow]:
    """A row a code, the most frequent first; what does not fit is one row of all others."""
    reports = [event for event in events if event.kind == "error"]
    codes = [code for code, _ in sorted(Counter(event.subject for event in reports).items(), key=_most_first)]
    shown = codes if len(codes) <= CODE_ROWS else codes[: CODE_ROWS - 1]
    rows = [
        _ticks(fleet.error_label(code), [event for event in reports if event.subject == code], axis) for code in shown
    ]
    others = [event for event in reports if event.subject not in shown]
    return [*rows, _ticks(f"{len(codes) - len(shown)} other codes", others, axis)] if others else rows


def component_rows(events: Sequence[MachineEvent], axis: TimeAxis, fleet: Fleet) -> list[PictureRow]:
    """A row a component that failed or was replaced, in the fleet's order."""
    happened = [event for event in events if event.kind != "error"]
    order = {name: place for place, name in enumerate(fleet.components)}
    named = sorted({event.subject for event in happened}, key=lambda name: (order.get(name, len(order)), name))
    return [_marks(name, [event for event in happened if event.subject == name], axis, fleet) for name in named]


def told_event(event: MachineEvent) -> str:
    """'failed', 'replaced', 'reported'; with the last moment at which it worked, where it was found later."""
    told = HAPPENED[event.kind]
    return f"{told}, found then; it worked on {clock(event.good_at)}" if event.good_at else told


def called(event: MachineEvent, fleet: Fleet) -> str:
    """What people call the code or component."""
    return fleet.error_label(event.subject) if event.kind == "error" else fleet.component_label(event.subject)


def _most_first(counted_code: tuple[str, int]) -> tuple[int, str]:
    code, number = counted_code
    return -number, code


def _ticks(name: str, reports: Sequence[MachineEvent], axis: TimeAxis) -> PictureRow:
    last = max(event.at for event in reports)
    places = sorted({round(axis.x(event.at)) for event in reports})
    return PictureRow(
        name=name, now=counted(len(reports), "time"), own=f"last {short_day(last)}", height=LANE_HEIGHT,
        spoken=f"reported {counted(len(reports), 'time')}, last {clock(last)}",
        ticks=tuple(places), labels=_times(reports, axis),
    )  # fmt: skip


def _times(reports: Sequence[MachineEvent], axis: TimeAxis) -> tuple[MarkLabel, ...]:
    """The day and time of the reports, the latest first where there is little room; of those that touch, the last's."""
    labels = {round(axis.x(event.at)): f"{short_day(event.at)} {event.at:%H:%M}" for event in reports}
    return placed_labels([*labels.items()], crowded=True)


def _marks(component: str, events: Sequence[MachineEvent], axis: TimeAxis, fleet: Fleet) -> PictureRow:
    order = sorted(events, key=lambda event: (event.at, event.kind))
    middle = LANE_HEIGHT / 2
    counts = Counter(event.kind for event in order)
    return PictureRow(
        name=fleet.component_label(component), height=LANE_HEIGHT,
        now=", ".join(f"{HAPPENED[kind]} {counted(count, 'time')}" for kind, count in sorted(counts.items())),
        spoken="; ".join(f"{clock(event.at)}: {told_event(event)}" for event in order),
        boxes=tuple(
            Box(axis.x(event.good_at), middle - 3, round(axis.x(event.at) - axis.x(event.good_at), 1), 6, "unsure")
            for event in order if event.good_at
        ),
        traces=tuple(Trace(((axis.x(event.at), middle),), event.kind) for event in order),
        labels=placed_labels(_together(order, axis)),
    )  # fmt: skip


def _together(order: Iterable[MachineEvent], axis: TimeAxis) -> list[tuple[float, str]]:
    """Where a label stands, and its words; what happened within SAME_MARK is one, of the first's day."""
    marks: list[tuple[float, datetime, list[str]]] = []
    for event in order:
        x, word = axis.x(event.at), HAPPENED[event.kind]
        if marks and x - marks[-1][0] <= SAME_MARK:
            marks[-1][2].append(word)
        else:
            marks.append((x, event.at, [word]))
    return [(x, f"{', '.join(dict.fromkeys(words))} {short_day(at)}") for x, at, words in marks]
