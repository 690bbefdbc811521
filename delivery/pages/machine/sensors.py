"""A sensor's weeks as a row: the mean of the shortest window at each snapshot, over the machine's own baseline.

A counter is drawn as it stood, a state as the share of each day that it had.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from delivery.pages.machine.axis import ONE_DAY, TimeAxis
from delivery.pages.machine.row import Box, PictureRow, Trace, in_runs
from delivery.pages.machine.words import digits_for, figure, short_day, with_unit
from ml.mart.feature_names import LAST, SHARE_IN, baseline_columns, feature_name, nearest_window
from ml.wording import counted, percent
from settings import Fleet, Sensor

SENSOR_HEIGHT, EDGE = 64, 4
MOST_SNAPSHOTS = 400
BAND_SDS = 2  # of single readings: what a machine in order seldom leaves
SHADES = 5  # of states; a sixth looks like the first
Values = NDArray[np.float64]


def snapshot_columns(fleet: Fleet) -> list[str]:
    """The mart's columns that the rows are drawn from, beside machine_id and as_of."""
    return [column for name in fleet.sensors for column in _columns(name, fleet)]


def sensor_row(name: str, rows: pd.DataFrame, axis: TimeAxis, fleet: Fleet) -> PictureRow | None:
    """The row of a sensor; None where it was never read, or where the mart has no column of it.

    `rows`: one machine's as_of (rising) and `snapshot_columns`, within the axis.
    """
    columns = _columns(name, fleet)
    if not set(columns) <= set(rows) or not rows[columns[0]].notna().any():
        return None
    return (_state_row if fleet.sensors[name].kind == "state" else _level_row)(name, rows, axis, fleet)


def _columns(name: str, fleet: Fleet) -> list[str]:
    sensor = fleet.sensors[name]
    if sensor.kind == "counter":
        return [feature_name(name, LAST)]
    if sensor.kind == "state":
        return [feature_name(name, f"{SHARE_IN}{state}", nearest_window(fleet)) for state in sensor.states]
    return [feature_name(name, "mean", min(fleet.windows_hours)), *baseline_columns(name)]


@dataclass(frozen=True)
class _Series:
    """What was read: (n,) moments and values; `every`: from one to the next where none is missing."""

    moments: list[datetime]
    values: Values
    every: timedelta


@dataclass(frozen=True)
class _Band:
    """The baseline once a day: BAND_SDS standard deviations below and above its mean, each (days,)."""

    moments: list[datetime]
    low: Values
    high: Values


def _level_row(name: str, rows: pd.DataFrame, axis: TimeAxis, fleet: Fleet) -> PictureRow:
    sensor = fleet.sensors[name]
    level, *baseline = _columns(name, fleet)
    whole = _series(rows, level, timedelta(hours=fleet.snapshot_every_hours))
    band = _band(rows, *baseline) if baseline else None
    drawn = _thinned(whole, axis)
    shown = np.concatenate([drawn.values, *([band.low, band.high] if band else [])])
    low, high = float(shown.min()), float(shown.max())
    digits = min(digits_for(high - low), fleet.decimals(name) + (sensor.kind == "gauge"))

    def y(value: float) -> float:
        if high == low:
            return SENSOR_HEIGHT / 2
        return round(SENSOR_HEIGHT - EDGE - (SENSOR_HEIGHT - 2 * EDGE) * (value - low) / (high - low), 1)

    points = [(axis.x(at), y(value)) for at, value in zip(drawn.moments, drawn.values.tolist(), strict=True)]
    traces = in_runs(drawn.moments, points, 1.5 * drawn.every)
    now = _now(whole, axis, sensor, digits)
    own = _risen(whole, sensor) if band is None else _normal(band, sensor, digits)
    return PictureRow(
        name=fleet.sensor_label(name), now=now, own=own, height=SENSOR_HEIGHT, traces=tuple(traces),
        spoken=", ".join(part for part in (now, own, _extremes(whole, digits), _gaps(whole)) if part),
        areas=tuple(_areas(band, axis, y)) if band else (),
        top=figure(high, digits), bottom=figure(low, digits) if high > low else "",
    )  # fmt: skip


def _state_row(name: str, rows: pd.DataFrame, axis: TimeAxis, fleet: Fleet) -> PictureRow:
    """The share of each state before each night, piled up."""
    states, columns, hours = list(fleet.sensors[name].states), _columns(name, fleet), nearest_window(fleet)
    nights = rows[(rows["as_of"].dt.hour == fleet.scoring_hour) & rows[columns[0]].notna()]
    shares = nights[columns].to_numpy(dtype="float64")
    boxes = []
    for moment, piled in zip(nights["as_of"].tolist(), np.nan_to_num(shares), strict=True):
        left, right = axis.x(moment - min(timedelta(hours=hours), ONE_DAY)), axis.x(moment)
        ends = [0.0, *np.cumsum(piled).tolist()]
        for place, (below, above) in enumerate(pairwise(ends)):
            if above > below:
                height = round(SENSOR_HEIGHT * (above - below), 1)
                at = round(SENSOR_HEIGHT * (1 - above), 1)
                boxes.append(Box(left, at, round(right - left, 1), height, f"state s{place % SHADES}"))
    heard = len(nights) and nights["as_of"].iloc[-1] == axis.now
    now = f"{hours} h: {_in_words(states, shares[-1])}" if heard else "no reading of late"
    whole = _in_words(states, shares.mean(axis=0)) if len(nights) else ""
    return PictureRow(
        name=fleet.sensor_label(name), now=now, own=f"from below: {', '.join(states)}", height=SENSOR_HEIGHT,
        boxes=tuple(boxes), spoken=f"{now}; on average {whole}" if whole else now, top="100 %", bottom="0 %",
    )  # fmt: skip


def _in_words(states: list[str], shares: Values) -> str:
    """'run 83 %, idle 17 %', the longest first."""
    told = sorted(zip(shares.tolist(), states, strict=True), key=lambda one: -one[0])
    return ", ".join(f"{state} {percent(share)}" for share, state in told if share > 0) or "no known state"


def _series(rows: pd.DataFrame, column: str, every: timedelta) -> _Series:
    values = rows[column].to_numpy(dtype="float64")
    read = np.isfinite(values)
    return _Series(_datetimes(rows.loc[read, "as_of"]), values[read], every)


def _band(rows: pd.DataFrame, mean: str, sd: str) -> _Band | None:
    means, sds = (rows[column].to_numpy(dtype="float64") for column in (mean, sd))
    known = np.isfinite(means) & np.isfinite(sds)
    if not known.any():
        return None
    days = rows.loc[known, "as_of"].dt.floor("D")
    last = ~days.duplicated(keep="last").to_numpy()
    moments = _datetimes(rows.loc[known, "as_of"][last])
    means, spread = means[known][last], BAND_SDS * sds[known][last]
    return _Band(moments, means - spread, means + spread)


def _areas(band: _Band, axis: TimeAxis, y: Callable[[float], float]) -> list[Trace]:
    """Each stretch of days as a polygon that begins a day before its first, so that a single day has a width."""
    edges = list(zip(band.moments, band.low.tolist(), band.high.tolist(), strict=True))
    breaks = [at for at, (one, other) in enumerate(pairwise(band.moments), start=1) if other - one > 1.5 * ONE_DAY]
    areas = []
    for first, last in pairwise([0, *breaks, len(edges)]):
        run = [(edges[first][0] - ONE_DAY, *edges[first][1:]), *edges[first:last]]
        above = [(axis.x(at), y(high)) for at, _, high in run]
        below = [(axis.x(at), y(low)) for at, low, _ in reversed(run)]
        areas.append(Trace((*above, *below)))
    return areas


def _thinned(series: _Series, axis: TimeAxis) -> _Series:
    """At most MOST_SNAPSHOTS or so averages of as many equal stretches, each at its last moment."""
    span = axis.now - axis.start
    if span / series.every <= MOST_SNAPSHOTS:
        return series
    width = span / MOST_SNAPSHOTS
    place = np.array([(moment - axis.start) // width for moment in series.moments])
    kept, first, count = np.unique(place, return_index=True, return_counts=True)
    means = np.add.reduceat(series.values, first) / count
    moments = [series.moments[at] for at in (first + count - 1).tolist()]
    assert len(kept) == len(moments)
    return _Series(moments, means, max(width, series.every))


def _now(series: _Series, axis: TimeAxis, sensor: Sensor, digits: int) -> str:
    if series.moments[-1] < axis.now:
        return f"last read {short_day(series.moments[-1])}"
    return with_unit(figure(float(series.values[-1]), digits), sensor.unit)


def _normal(band: _Band, sensor: Sensor, digits: int) -> str:
    low, high = (figure(float(edge[-1]), digits) for edge in (band.low, band.high))
    return with_unit(f"normal {low} to {high}", sensor.unit)


def _risen(series: _Series, sensor: Sensor) -> str:
    if sensor.kind != "counter":
        return "no baseline yet"
    rise = float(np.diff(series.values).clip(min=0).sum())
    return with_unit(f"rose by {figure(rise, 0)}", sensor.unit)


def _extremes(series: _Series, digits: int) -> str:
    low, high = int(series.values.argmin()), int(series.values.argmax())
    return (
        f"lowest {figure(float(series.values[low]), digits)} on {short_day(series.moments[low])}, "
        f"highest {figure(float(series.values[high]), digits)} on {short_day(series.moments[high])}"
    )


def _gaps(series: _Series) -> str:
    gaps = sum(other - one > 1.5 * series.every for one, other in pairwise(series.moments))
    return counted(gaps, "gap") if gaps else ""


def _datetimes(moments: "pd.Series[pd.Timestamp]") -> list[datetime]:
    found: list[datetime] = moments.to_numpy().astype("datetime64[us]").tolist()
    return found
