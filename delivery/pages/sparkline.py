"""One small SVG picture of a sensor: its last days, the last 24 hours shaded, gaps open; a gauge has its mean.

Lines through it mark what happened meanwhile.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from delivery.pages.machine.axis import ACROSS
from delivery.pages.templating import render
from ml.wording import percent
from settings import Sensor

HEIGHT, PAD = 56, 4
RECENT = timedelta(hours=24)
MAX_POINTS = 400


def sparkline(
    times: Sequence[datetime],
    values: Sequence[float],
    *,
    name: str,
    sensor: Sensor,
    as_of: datetime,
    days: int,
    step: timedelta,
    lines: Sequence[tuple[str, Sequence[float]]] = (),
) -> Markup | None:
    """SVG of the readings in (as_of - days, as_of], with its caption as text; None where there is no reading.

    A stretch without readings longer than 1.5 `step` is drawn as a gap; a sensor that tells changes has none while its
    last reading holds. `lines`: of each kind of event, where it stands across the picture, 0 to ACROSS.
    """
    start = as_of - timedelta(days=days)
    frame = pd.DataFrame({"at": pd.to_datetime(list(times)), "value": pd.to_numeric(pd.Series(list(values)))})
    frame = frame[(frame["at"] > start) & (frame["at"] <= as_of)].sort_values("at")
    frame = frame[np.isfinite(frame["value"].to_numpy(dtype="float64"))]
    if frame.empty:
        return None
    if sensor.on_change_hours:
        step = max(step, timedelta(days=days) / MAX_POINTS)
        frame = _held(frame, as_of, step, timedelta(hours=sensor.on_change_hours))
    frame, step = _thinned(frame, step) if sensor.kind == "gauge" else (frame, step)
    now, then = _words(frame, as_of, days, sensor)
    frame, step = _thinned(frame, step)
    mean = frame["value"].mean()
    low, high = frame["value"].min(), frame["value"].max()

    def x(share: float) -> float:
        return round(ACROSS * share, 1)

    def y(value: Any) -> Any:  # noqa: ANN401 - one value or all of them
        if high == low:
            return 0 * value + HEIGHT / 2
        return np.round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - low) / (high - low), 1)

    across = [x(share) for share in ((frame["at"] - start) / (as_of - start)).tolist()]
    points = list(zip(across, y(frame["value"].to_numpy()), strict=True))
    breaks = np.flatnonzero((frame["at"].diff() > 1.5 * step).to_numpy()).tolist()
    runs = [points[first:last] for first, last in pairwise([0, *breaks, len(points)])]
    return Markup(render(
        "sparkline.svg.j2", runs=runs, mean_y=y(mean) if sensor.kind == "gauge" else None,
        recent_x=x((as_of - RECENT - start) / (as_of - start)), width=ACROSS, height=HEIGHT,
        lines=lines, name=name, days=days, now=now, then=then,
    ))  # fmt: skip


def _held(frame: pd.DataFrame, as_of: datetime, step: timedelta, hours: timedelta) -> pd.DataFrame:
    """What held in the step up to each moment after the first reading: the last one before, for `hours` at most."""
    grid = pd.DataFrame({"at": pd.date_range(frame["at"].iloc[0], as_of, freq=pd.Timedelta(step))[1:]})
    held = pd.merge_asof(grid, frame, on="at", tolerance=pd.Timedelta(hours), allow_exact_matches=False)
    held = held[held["value"].notna()]
    return frame if held.empty else held


def _words(frame: pd.DataFrame, as_of: datetime, days: int, sensor: Sensor) -> tuple[str, str]:
    """What the caption says of the last 24 hours, and of the whole picture."""
    recent, last = frame.loc[frame["at"] > as_of - RECENT, "value"], frame["value"].iloc[-1]
    if sensor.kind == "state":
        return _shares(recent, sensor.states), ""
    if sensor.kind == "counter":
        rise = frame["value"].diff().clip(lower=0).sum()
        now = "no reading in 24 h" if recent.empty else f"now {_count(last, sensor.unit)}"
        return now, f"rose by {_count(rise)} in {days} days"
    return f"24 h mean {_amount(recent.mean(), sensor.unit)}", f"own mean {_amount(frame['value'].mean(), sensor.unit)}"


def _shares(recent: "pd.Series[float]", states: Mapping[str, int]) -> str:
    """'24 h: running 83 %, idle 17 %', the longest first."""
    if recent.empty:
        return "24 h: no reading"
    shares = {name: float((recent == value).mean()) for name, value in states.items()}
    told = sorted(((share, name) for name, share in shares.items() if share > 0), key=lambda one: -one[0])
    return "24 h: " + (", ".join(f"{name} {percent(share)}" for share, name in told) or "no known state")


def _thinned(frame: pd.DataFrame, step: timedelta) -> tuple[pd.DataFrame, timedelta]:
    """At most MAX_POINTS averages, so that a feed by the second does not swell the page."""
    bucket = max(step, (frame["at"].iloc[-1] - frame["at"].iloc[0]) / MAX_POINTS)
    if len(frame) <= MAX_POINTS:
        return frame, step
    return frame.groupby(frame["at"].dt.floor(pd.Timedelta(bucket)), as_index=False).mean(), bucket


def _amount(value: float, unit: str) -> str:
    return "no reading" if math.isnan(value) else f"{value:.1f} {unit}".strip()


def _count(value: float, unit: str = "") -> str:
    return f"{value:,.0f} {unit}".strip()
