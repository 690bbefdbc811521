"""One small SVG picture of a sensor: its last days, the machine's own mean, the last 24 hours shaded, gaps open."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
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
    frame = frame[np.isfinite(frame["value"].to_numpy(dtype="float64"))]
    if frame.empty:
        return None
    frame, step = _thinned(frame, step)
    mean, recent = frame["value"].mean(), frame.loc[frame["at"] > as_of - RECENT, "value"].mean()
    low, high = frame["value"].min(), frame["value"].max()

    def x(share: float) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * share, 1)

    def y(value: Any) -> Any:  # noqa: ANN401 - one value or all of them
        if high == low:
            return 0 * value + HEIGHT / 2
        return np.round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * (value - low) / (high - low), 1)

    across = [x(share) for share in ((frame["at"] - start) / (as_of - start)).tolist()]
    points = list(zip(across, y(frame["value"].to_numpy()), strict=True))
    breaks = np.flatnonzero((frame["at"].diff() > 1.5 * step).to_numpy()).tolist()
    runs = [points[first:last] for first, last in pairwise([0, *breaks, len(points)])]
    return Markup(render(
        "sparkline.svg.j2", runs=runs, mean_y=y(mean),
        recent_x=x((as_of - RECENT - start) / (as_of - start)), width=WIDTH, height=HEIGHT, pad=PAD,
        name=name, days=days, recent=_amount(recent, unit), mean=_amount(mean, unit),
    ))  # fmt: skip


def _thinned(frame: pd.DataFrame, step: timedelta) -> tuple[pd.DataFrame, timedelta]:
    """At most MAX_POINTS averages, so that a feed by the second does not swell the page."""
    bucket = max(step, (frame["at"].iloc[-1] - frame["at"].iloc[0]) / MAX_POINTS)
    if len(frame) <= MAX_POINTS:
        return frame, step
    return frame.groupby(frame["at"].dt.floor(pd.Timedelta(bucket)), as_index=False).mean(), bucket


def _amount(value: float, unit: str) -> str:
    return "no reading" if math.isnan(value) else f"{value:.1f} {unit}".strip()
