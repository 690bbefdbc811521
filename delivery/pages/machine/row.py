"""One row of the picture: a name with its figures, and shapes over the common time axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from delivery.pages.machine.axis import ACROSS, TimeAxis

LETTER, PHONE_LETTER = 0.011, 0.021  # of a picture's width
Point = tuple[float, float]


@dataclass(frozen=True)
class Trace:
    """A line through points; a single point is a dot. `kind` is its class."""

    points: tuple[Point, ...]
    kind: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle. `kind` is its class."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True)
class MarkLabel:
    """A text beside a mark, `left` percent from the left; where `before`, it ends there. `wide`: not on a phone."""

    text: str
    left: float
    before: bool = False
    wide: bool = False


@dataclass(frozen=True)
class PictureRow:
    """`height` is both in the picture's units and in pixels; `top` and `bottom` are what its scale says.

    `now` and `own` stand beside the name; `spoken` says the picture in words. `areas` are filled polygons, `ticks`
    short lines at x.
    """

    name: str
    spoken: str
    height: int
    now: str = ""
    own: str = ""
    traces: tuple[Trace, ...] = ()
    boxes: tuple[Box, ...] = ()
    areas: tuple[Trace, ...] = ()
    ticks: tuple[int, ...] = ()
    labels: tuple[MarkLabel, ...] = ()
    top: str = ""
    bottom: str = ""


@dataclass(frozen=True)
class Backdrop:
    """What stands behind every row: midnights, nights with an alert (x and width), this night, failures, repairs.

    `errors` stand behind the sensors alone: they have rows of their own.
    """

    ticks: tuple[float, ...]
    alerts: tuple[tuple[float, float], ...]
    now: float
    failures: tuple[float, ...]
    replacements: tuple[float, ...]
    errors: tuple[int, ...] = ()


def backdrop_of(
    axis: TimeAxis,
    alerts: Sequence[datetime],
    failures: Iterable[datetime],
    replacements: Iterable[datetime],
    errors: Iterable[datetime],
) -> Backdrop:
    """An alert shades the day from its night on; nights in a row are one shade."""
    day = timedelta(days=1)
    runs: list[tuple[datetime, datetime]] = []
    for night in sorted(alerts):
        if runs and night <= runs[-1][1]:
            runs[-1] = (runs[-1][0], night + day)
        else:
            runs.append((night, night + day))
    return Backdrop(
        ticks=tuple(axis.x(tick) for tick in axis.ticks()),
        alerts=tuple((axis.x(first), round(axis.x(last) - axis.x(first), 1)) for first, last in runs),
        now=axis.x(axis.now),
        failures=tuple(sorted({axis.x(moment) for moment in failures})),
        replacements=tuple(sorted({axis.x(moment) for moment in replacements})),
        errors=tuple(sorted({round(axis.x(moment)) for moment in errors})),
    )


def in_runs(moments: Sequence[datetime], points: Sequence[Point], longest: timedelta, kind: str = "") -> list[Trace]:
    """The points as lines, broken where two moments are more than `longest` apart."""
    breaks = [at for at, (one, other) in enumerate(pairwise(moments), start=1) if other - one > longest]
    ends = [0, *breaks, len(points)]
    return [Trace(tuple(points[first:last]), kind) for first, last in pairwise(ends) if last > first]


def placed_labels(marks: Sequence[tuple[float, str]], crowded: bool = False) -> tuple[MarkLabel, ...]:
    """Labels of marks at x, each right of its mark or left of it; none where another one is in the way.

    Those for which a phone has no room are `wide`. Where marks are `crowded`, the latest have labels first, and none
    hides a mark.
    """
    order, marked = sorted(marks, reverse=crowded), [x for x, _ in marks] if crowded else []
    (small, _), (placed, _) = (in_one_lane(order, letter, marked) for letter in (PHONE_LETTER, LETTER))
    return tuple(label if label in small else replace(label, wide=True) for label in placed)


def in_one_lane(
    marks: Sequence[tuple[float, str]], letter: float, marked: Sequence[float] = (), over: bool = False
) -> tuple[list[MarkLabel], list[tuple[float, str]]]:
    """Labels side by side, the first marks' first, and the marks without room.

    `letter`: the width of one; no label hides what stands at one of `marked`. `over`: one that is too long to stand
    beside its mark may stand over it.
    """
    placed: list[MarkLabel] = []
    left: list[tuple[float, str]] = []
    taken = [(x / ACROSS, x / ACROSS) for x in marked]
    for x, text in marks:
        at, width = x / ACROSS, letter * (len(text) + 2)
        beside = [(at, at + width, at, False), (at - width, at, at, True)]
        for begin, end, edge, before in [*beside, *([(1 - width, 1.0, 1 - width, False)] if over else [])]:
            if begin >= 0 and end <= 1 and all(end <= low or begin >= high for low, high in taken):
                placed.append(MarkLabel(text, round(100 * edge, 1), before))
                taken.append((begin, end))
                break
        else:
            left.append((x, text))
    return placed, left
