"""The nights' answers as rows: probability with its threshold, distance from normal, and remaining time."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from delivery.pages.machine.axis import ACROSS, ONE_DAY, TimeAxis
from delivery.pages.machine.contents import AnsweredNight
from delivery.pages.machine.row import Box, PictureRow, Trace, in_runs
from delivery.pages.machine.sensors import EDGE
from delivery.pages.machine.words import clock, short_day
from ml.wording import counted, hours_in_words, percent, sds

ANSWER_HEIGHT = 72
NIGHT_HEIGHT, TALLEST = 12, 240  # of a night's remaining time
LONGEST_STEP = 1.5 * ONE_DAY


def risk_row(
    nights: Sequence[AnsweredNight], thresholds: Mapping[str, float], axis: TimeAxis, horizon_hours: int
) -> PictureRow | None:
    """The probabilities with each model's threshold; None where no night has one."""
    told = [(night, night.probability) for night in nights if night.probability is not None]
    if not told:
        return None
    limits = [(night, thresholds[night.model_version]) for night, _ in told if night.model_version in thresholds]
    top = min(1.0, 1.15 * max(value for _, value in [*told, *limits]) or 1.0)
    highest, most = max(told, key=lambda one: one[1])
    alerts = sum(night.alert for night in nights)
    now = percent(nights[-1].probability) if nights[-1].as_of == axis.now else percent(None)
    own = f"alert from {percent(limits[-1][1])}" if limits else ""
    return PictureRow(
        name=f"Risk within {hours_in_words(horizon_hours)}", now=now, own=own, height=ANSWER_HEIGHT,
        spoken=f"tonight {now}, highest {percent(most)} on {short_day(highest.as_of)}, "
        f"{counted(alerts, 'night')} with an alert" + (f", {own}" if own else ""),
        traces=(*_limits(limits, axis, top), *_line(told, axis, top)), top=percent(top), bottom="0 %",
    )  # fmt: skip


def distance_row(nights: Sequence[AnsweredNight], axis: TimeAxis) -> PictureRow | None:
    """How far from normal, of the nights that were told so; None where none was."""
    told = [(night, night.distance) for night in nights if night.distance is not None]
    if not told:
        return None
    top = 1.15 * max(value for _, value in told) or 1.0
    now = sds(told[-1][1]) if told[-1][0].as_of == axis.now else "no model yet on earlier nights"
    return PictureRow(
        name="Distance from normal", now=now, own="", spoken=f"{now}, on {counted(len(told), 'night')}",
        height=ANSWER_HEIGHT, traces=tuple(_line(told, axis, top)), top=sds(top), bottom="0",
    )  # fmt: skip


def remaining_row(
    nights: Sequence[AnsweredNight], axis: TimeAxis, told: Callable[[AnsweredNight], str]
) -> PictureRow | None:
    """A bar from its low to its high end for each night from the first with a window on; None where none has one.

    `told` puts a window into words.
    """
    first = next((place for place, night in enumerate(nights) if night.remaining), None)
    if first is None:
        return None
    nights = nights[first:]
    step = min(float(NIGHT_HEIGHT), TALLEST / len(nights))
    boxes: list[Box] = []
    traces: list[Trace] = []
    for place, night in enumerate(nights):
        middle = round(step * (place + 0.5), 1)
        traces.append(Trace(((axis.x(night.as_of), middle),), "asked"))
        if night.remaining is None:
            continue
        left = axis.x(night.moment(night.remaining.low))
        until = night.remaining.high
        right = ACROSS if until is None else axis.x(night.moment(until))
        kind = "window open" if until is None else "window"
        above, below = round(middle - step / 3, 1), round(middle + step / 3, 1)
        boxes.append(Box(left, above, round(max(right - left, 1.0), 1), round(below - above, 1), kind))
        if night.remaining.median is not None:
            at = axis.x(night.moment(night.remaining.median))
            traces.append(Trace(((at, above), (at, below)), "median"))
    last = nights[-1]
    now = told(last) if last.as_of == axis.now and last.remaining else "no window tonight"
    windows = sum(night.remaining is not None for night in nights)
    return PictureRow(
        name="Remaining time", now=now, own="a bar a night, from above", boxes=tuple(boxes), traces=tuple(traces),
        spoken=f"tonight: {now}; windows on {counted(windows, 'night')}",
        height=round(max(step * len(nights), NIGHT_HEIGHT)),
    )  # fmt: skip


def window_told(night: AnsweredNight) -> str:
    """'Mon 3 March, 06:00 to Tue 4 March, 18:00', 'not before Mon 3 March, 06:00', or that there is none."""
    if night.remaining is None:
        return ""
    low = clock(night.moment(night.remaining.low))
    if night.remaining.high is None:
        return f"not before {low}"
    return f"{low} to {clock(night.moment(night.remaining.high))}"


def _line(told: Sequence[tuple[AnsweredNight, float]], axis: TimeAxis, top: float) -> list[Trace]:
    points = [(axis.x(night.as_of), _y(value, top)) for night, value in told]
    return in_runs([night.as_of for night, _ in told], points, LONGEST_STEP)


def _limits(limits: Sequence[tuple[AnsweredNight, float]], axis: TimeAxis, top: float) -> list[Trace]:
    """The threshold of each stretch of nights with one; it holds until the next one's begins."""
    starts = [0, *(at for at, (one, other) in enumerate(pairwise(limits), start=1) if one[1] != other[1])]
    traces = []
    for first, last in pairwise([*starts, len(limits)]) if limits else ():
        night, limit = limits[first]
        end = axis.now if last == len(limits) else limits[last][0].as_of
        begin = min(night.as_of, end - ONE_DAY)  # a single night's is seen, too
        traces.append(Trace(((axis.x(begin), _y(limit, top)), (axis.x(end), _y(limit, top))), "limit"))
    return traces


def _y(value: float, top: float) -> float:
    return round(ANSWER_HEIGHT - EDGE - (ANSWER_HEIGHT - 2 * EDGE) * value / top, 1)
