"""A machine's pictures on the morning page: the sensors that its reasons speak of, and what happened meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import pandas as pd
from markupsafe import Markup

from delivery.pages.machine.contents import MachineEvent
from delivery.pages.morning.marks import Marks, marks_of
from delivery.pages.sparkline import sparkline
from settings import Fleet

PICTURE_DAYS = 7
PICTURES = 3


@dataclass(frozen=True)
class Pictures:
    """`sensors`: an SVG each, over one time axis; `marks`: what happened, drawn on all of them."""

    sensors: tuple[Markup, ...]
    marks: Marks


def pictures_of(
    reasons: Sequence[str],
    readings: pd.DataFrame | None,
    events: Sequence[MachineEvent],
    as_of: datetime,
    fleet: Fleet,
) -> Pictures | None:
    """The pictures of a machine with these reasons (in words); None where there is nothing to draw.

    `readings`: its event_at and one column a sensor, rising, of the last PICTURE_DAYS days; `events` as known then.
    """
    marks = marks_of(events, as_of, PICTURE_DAYS, fleet)
    drawn = () if readings is None else _drawn(reasons, readings, marks, as_of, fleet)
    sensors = tuple(islice(drawn, PICTURES))  # no more are drawn than are shown
    return Pictures(sensors, marks) if sensors or marks.lines else None


def _drawn(
    reasons: Sequence[str], readings: pd.DataFrame, marks: Marks, as_of: datetime, fleet: Fleet
) -> Iterator[Markup]:
    words = " ; ".join(reasons)
    place = {name: words.find(fleet.sensor_label(name)) for name in fleet.sensors}
    order = sorted((name for name in place if place[name] >= 0), key=place.__getitem__)  # quiet ones would hide them
    for name in order:
        picture = name in readings and sparkline(
            list(readings["event_at"]), list(readings[name]), name=fleet.sensor_label(name),
            sensor=fleet.sensors[name], as_of=as_of, days=PICTURE_DAYS, step=fleet.telemetry_step, lines=marks.lines,
        )  # fmt: skip
        if picture:
            yield picture
