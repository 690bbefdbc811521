"""One small SVG picture of a sensor: its last days, the machine's own mean, the last 24 hours shaded, gaps open."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
from markupsafe import Markup

from delivery.pages.templating import render

WIDTH, HEIGHT, PAD = 240, 56, 4
RECENT = timedelta(hours=24)
MAX_POINTS = 400


def sparkline(
    times: Sequence[datetime],
    values: Sequence[float],
    *,
    name: str,
    unit: str,
    as_of: datetime,
    days: int,
    step: timedelta,
) -> Markup | None:
    """SVG of the readings in (as_of - days, as_of], with its caption as text; None where there is no reading.

    A stretch without readings longer than 1.5 `step` is drawn as a gap.
    """
    start = as_of - timedelta(days=days)
    frame = pd.DataFrame({"at": pd.to_datetime(list(times)), "value": pd.to_numeric(pd.Series(list(values)))})
    frame = frame[(frame["at"] > start) & (frame["at"] <= as_of)].sort_values("at")
    frame = frame[frame["value"].map(math.isfinite)]
    if frame.empty:
        return None
    frame, step = _thinned(frame, step)
    mean, recent = frame["value"].mean(), frame.loc[frame["at"] > as_of - RECENT, "value"].mean()
    low, high = frame["value"].min(), frame["value"].max()
    span = (high - low) or 1.0

    def x(at: datetime) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * ((at - start) / (as_of - start)), 1)

    def y(value: float) -> float:
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * (float(value) - low) / span, 1) if high > low else HEIGHT / 2

    stretches = _runs(frame, step)
    runs = [[(x(at), y(value)) for at, value in zip(run["at"], run["value"], strict=True)] for run in stretches]
    return Markup(render(
        "sparkline.svg.j2", runs=runs, mean_y=y(mean), recent_x=x(as_of - RECENT), width=WIDTH, height=HEIGHT, pad=PAD,
        name=name, days=days, recent=_amount(recent, unit), mean=_amount(mean, unit),
    ))  # fmt: skip


def _thinned(frame: pd.DataFrame, step: timedelta) -> tuple[pd.DataFrame, timedelta]:
    """At most MAX_POINTS averages, so that a feed by the second does not swell the page."""
    bucket = max(step, (frame["at"].iloc[-1] - frame["at"].iloc[0]) / MAX_POINTS)
    if len(frame) <= MAX_POINTS:
        return frame, step
    return frame.groupby(frame["at"].dt.floor(pd.Timedelta(bucket)), as_index=False).mean(), bucket


def _runs(frame: pd.DataFrame, step: timedelta) -> list[pd.DataFrame]:
    breaks = (frame["at"].diff() > 1.5 * step).cumsum()
    return [run for _, run in frame.groupby(breaks)]


def _amount(value: float, unit: str) -> str:
    return "no reading" if math.isnan(value) else f"{value:.1f} {unit}".strip()
