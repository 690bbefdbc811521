"""The nights as small pictures, a question each: alerts, silent machines, drift, quality. The odd night stands out.

They are the panels of the dashboards in `delivery/metrics/dashboards/`, drawn for those who have no Grafana.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ml.monitoring.retraining import is_true
from ml.scoring.night_status import NOT_SCORED
from ml.wording import counted

PANEL_WIDTH, PANEL_HEIGHT, PANEL_PAD = 600, 72, 2
LEAST = 2  # nights of which a picture says more than a line
ODD_SPREADS = 3.0  # a count this many spreads (1.48 times the median distance) above the median is odd
FLAT = 1.0  # the least spread of counts: one more than ever is not odd yet


@dataclass(frozen=True)
class NightBar:
    """One night's bar in units of the picture; `told` is what a pointer reads, `page` leads to the night."""

    x: float
    y: float
    width: float
    height: float
    odd: bool
    told: str
    page: str


@dataclass(frozen=True)
class Panel:
    """One picture and its caption. `band`: the corners of the interval, empty where there is none; `level`: a line."""

    title: str
    caption: str
    bars: tuple[NightBar, ...]
    band: tuple[tuple[float, float], ...] = ()
    level: float | None = None


def panels(nights: pd.DataFrame, judged: pd.DataFrame, pages: Mapping[date, str]) -> list[Panel]:
    """The pictures of the nights in `pages` (night to its page); none of fewer than LEAST nights.

    `nights`: rows of `ml.nights`; `judged`: rows of `ml.drift_nights`. Either may be empty.
    """
    days = sorted(pages)
    if len(days) < LEAST:
        return []
    told = pd.DataFrame(index=pd.Index(days)).join(_by_day(nights)).join(_by_day(judged), rsuffix="_judged")
    links = [pages[day] for day in days]
    found = [
        _counts(told, links, "alerts", "Alerts", "alert", _not_scored(told)),
        _counts(told, links, "silent", "Silent machines", "silent machine", _not_scored(told)),
        _counts(told, links, "columns_drifted", "Columns that drifted", "column", _flags(told, "drifted")),
        _quality(told, links),
    ]
    return [panel for panel in found if panel is not None]


def _by_day(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame()
    days = pd.to_datetime(rows["as_of"]).dt.date
    return rows.drop(columns="as_of").set_axis(pd.Index(days), axis=0).loc[lambda found: ~found.index.duplicated()]


def _counts(
    told: pd.DataFrame, links: Sequence[str], column: str, title: str, one: str, marked: "pd.Series[bool]"
) -> Panel | None:
    """Bars of a count; odd are the `marked` nights and those far above the others."""
    if column not in told or told[column].isna().all():
        return None
    values = pd.to_numeric(told[column])
    odd = marked | _far_above(values)
    unscored = _not_scored(told)
    words = [
        f"{day}: not scored" if left else f"{day}: not judged" if np.isnan(value)
        else f"{day}: {counted(int(value), one)}"
        for day, value, left in zip(values.index, values, unscored, strict=True)
    ]  # fmt: skip
    heights = values.where(~unscored, values.max()).fillna(0.0) / max(1.0, float(values.max()))
    last = values.dropna().index[-1]
    caption = f"{counted(int(values[last]), one)} on {last}, at most {int(values.max())}"
    return Panel(title, _with_odd(caption, odd), _bars(heights, odd, words, links))


def _quality(told: pd.DataFrame, links: Sequence[str]) -> Panel | None:
    """Average precision on matured nights over its interval, and what the gate saw."""
    known = _flags(told, "quality_judged")
    if not known.any():
        return None
    figures = told[["quality", "quality_low", "quality_high"]].apply(pd.to_numeric).where(known)
    fallen = _flags(told, "quality_fallen") & known
    words = [
        f"{day}: {row.quality:.2f} ({row.quality_low:.2f} to {row.quality_high:.2f})" if known[day]
        else f"{day}: too few failures to judge"
        for day, row in zip(figures.index, figures.itertuples(), strict=True)
    ]  # fmt: skip
    last = figures["quality"].dropna().index[-1]
    at_gate = float(pd.to_numeric(told["quality_at_gate"])[last])
    caption = f"{figures['quality'][last]:.2f} on {last}" + (
        "" if np.isnan(at_gate) else f", {at_gate:.2f} at the gate"
    )
    return Panel(
        "Average precision on matured nights",
        _with_odd(caption, fallen),
        _bars(figures["quality"].fillna(0.0), fallen, words, links),
        _band(figures),
        None if np.isnan(at_gate) else _y(at_gate),
    )


def _bars(
    heights: "pd.Series[float]", odd: "pd.Series[bool]", words: Sequence[str], links: Sequence[str]
) -> tuple[NightBar, ...]:
    step = PANEL_WIDTH / len(heights)
    return tuple(
        NightBar(round((number + 0.1) * step, 1), _y(height), round(step * 0.8, 1), round(PANEL_HEIGHT - _y(height), 1),
            bool(odd.iloc[number]), words[number], links[number])
        for number, height in enumerate(heights)
    )  # fmt: skip


def _band(figures: pd.DataFrame) -> tuple[tuple[float, float], ...]:
    step = PANEL_WIDTH / len(figures)
    seen = [(round((number + 0.5) * step, 1), low, high)
            for number, (low, high) in enumerate(zip(figures["quality_low"], figures["quality_high"], strict=True))
            if not np.isnan(low)]  # fmt: skip
    return tuple([(x, _y(high)) for x, _, high in seen] + [(x, _y(low)) for x, low, _ in reversed(seen)])


def _y(share: float) -> float:
    """The height of a share of the whole; a bar of nothing is still a line on the ground."""
    return round(PANEL_HEIGHT - max(1.0, (PANEL_HEIGHT - PANEL_PAD) * min(1.0, max(0.0, share))), 1)


def _far_above(values: "pd.Series[float]") -> "pd.Series[bool]":
    middle = values.median()
    spread = max(FLAT, 1.48 * float((values - middle).abs().median()))
    return values > middle + ODD_SPREADS * spread


def _not_scored(told: pd.DataFrame) -> "pd.Series[bool]":
    return told["status"].eq(NOT_SCORED) if "status" in told else pd.Series(data=False, index=told.index)


def _flags(told: pd.DataFrame, column: str) -> "pd.Series[bool]":
    return told[column].map(is_true) if column in told else pd.Series(data=False, index=told.index)


def _with_odd(caption: str, odd: "pd.Series[bool]") -> str:
    days = [f"{day}" for day in odd.index[odd]]
    if not days:
        return caption
    more = f" and {len(days) - 1} more" if len(days) > 1 else ""
    return f"{caption}; odd: {days[-1]}{more}"
