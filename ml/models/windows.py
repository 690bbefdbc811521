"""From a score to a window of remaining time: what came of rows that scored alike, as a table of a few lines.

A candidate gives each row a centre and a spread, in hours. `LifeWindows` says by how many spreads above or below such a
centre the low end, the median and the high end of the remaining time lay; between its lines it is read straight. Low
and high end are then laid outward, to whole steps.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Floats, by_rows
from ml.models.life_steps import down, up

REMAINING = LOW_END, MEDIAN, HIGH_END = "remaining_hours_low", "remaining_hours_median", "remaining_hours_high"


@dataclass(frozen=True)
class Stated:
    """What windows state: `coverage`, the share that shall fail inside, and `step`, the hours lives are told in."""

    coverage: float
    step: float = 0.0


@dataclass(frozen=True)
class LifeWindows:
    """Lines of equal length, `centres` rising; the ends in spreads, None where one lies beyond `cap`.

    `alone`: the end after which as many fail as in a window with both ends; where the high end lies beyond the cap, and
    this one too, too few fail within it for a window. `coverage`: the share of machines with a window that shall fail
    inside it, at least. `cap`: hours, beyond which nothing is told. `step`: hours, to whole ones of which low and high
    end are laid; 0, as in tables of before they were, leaves them where the lines say.
    `widened`: by how much farther from the median than the lines say both ends of a window with both lie, so that it
    holds on nights (`ml.remaining.nights`); 1, as in tables of before, leaves them there.
    """

    centres: tuple[float, ...]
    low: tuple[float | None, ...]
    alone: tuple[float | None, ...]
    median: tuple[float | None, ...]
    high: tuple[float | None, ...]
    coverage: float
    cap: float
    step: float = 0.0
    widened: float = 1.0

    def of(self, centre: Floats, spread: Floats) -> pd.DataFrame:
        """The columns REMAINING for rows of these centres and spreads, shape (n,) each.

        All three are NaN where as many outlive the cap as a window shall hold: not within it. Where the high end alone
        lies beyond, it is NaN, and so is a median that does; the low end means the same with one or without.
        """
        return pd.DataFrame(by_rows(self._ends, centre, spread), columns=list(REMAINING))

    def _ends(self, centre: Floats, spread: Floats) -> Floats:
        """The same as an array, shape (n, 3)."""
        lines = (self.low, self.alone, self.median, self.high)
        low, alone, median, high = (self._hours(line, centre, spread) for line in lines)
        wider_low, wider_high = self._wider(low, median, high)
        low, alone = down(low, self.step), down(alone, self.step)
        median = np.maximum(median, low)
        beyond = np.where(up(np.maximum(high, median), self.step) >= self.cap, alone, low) >= self.cap
        low, high = down(wider_low, self.step), up(np.maximum(wider_high, median), self.step)
        return np.column_stack([
            np.where(beyond | (hours >= self.cap), np.nan, hours) for hours in (low, median, high)
        ])  # fmt: skip

    def _wider(self, low: Floats, median: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Low and high end `widened` where both lie within the cap; which rows have a window is not asked again."""
        more, both = self.widened - 1, np.maximum(high, median) < self.cap
        lower = np.maximum(low - more * np.maximum(median - low, 0.0), 0.0)
        higher = high + more * np.maximum(high - median, 0.0)
        return np.where(both, lower, low), np.where(both, higher, high)

    def _hours(self, line: tuple[float | None, ...], centre: Floats, spread: Floats) -> Floats:
        """Hours as the line says them, shape (n,), a whole step not below `cap` where all of it lies beyond."""
        beyond = float(up(np.array([self.cap]), self.step)[0])
        known = np.array([np.nan if away is None else away for away in line])
        if np.isnan(known).all():
            return np.full(len(centre), beyond)
        at = np.asarray(self.centres)
        inside = ~np.isnan(known)
        away = np.interp(centre, at[inside], known[inside])
        hours = np.maximum(centre + away * spread, 0.0)
        unknown = np.interp(centre, at, (~inside).astype(float))  # how near to lines that lie beyond: 0 to 1
        nearing = np.where(hours < self.cap, hours + unknown * (self.cap - hours), hours)
        return np.where(unknown < 1, nearing, np.maximum(hours, beyond))
