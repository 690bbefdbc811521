"""From a score to a window of remaining time: what came of rows that scored alike, as a table of a few lines.

A candidate gives each row a centre and a spread, in hours. `Windows` says by how many spreads above or below such a
centre the low end, the median and the high end of the remaining time lay; between its lines it is read straight.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Floats

REMAINING = LOW_END, MEDIAN, HIGH_END = "remaining_hours_low", "remaining_hours_median", "remaining_hours_high"


@dataclass(frozen=True)
class Windows:
    """Lines of equal length, `centres` rising; the ends in spreads, None where one lies beyond `cap`.

    `alone`: the low end of a window whose high end lies beyond: as many fail after it as in a window with both.
    `coverage`: the share of machines with a window that shall fail inside it. `cap`: hours, beyond which nothing is
    told.
    """

    centres: tuple[float, ...]
    low: tuple[float | None, ...]
    alone: tuple[float | None, ...]
    median: tuple[float | None, ...]
    high: tuple[float | None, ...]
    coverage: float
    cap: float

    def of(self, centre: Floats, spread: Floats) -> pd.DataFrame:
        """The columns REMAINING for rows of these centres and spreads, shape (n,) each.

        All three are NaN where even the low end lies beyond the cap: not within it. Where the high end alone does, it
        is NaN, and so is a median that does.
        """
        lines = (self.low, self.alone, self.median, self.high)
        both, alone, median, high = (self._hours(line, centre, spread) for line in lines)
        low = np.where(high >= self.cap, alone, both)
        median, high = np.maximum(median, low), np.maximum(high, np.maximum(median, low))
        beyond = low >= self.cap
        ends = {LOW_END: low, MEDIAN: median, HIGH_END: high}
        return pd.DataFrame({
            name: np.where(beyond | (hours >= self.cap), np.nan, hours) for name, hours in ends.items()
        })  # fmt: skip

    def _hours(self, line: tuple[float | None, ...], centre: Floats, spread: Floats) -> Floats:
        """Hours, shape (n,), `cap` for what lies beyond it."""
        known = np.array([np.nan if away is None else away for away in line])
        if np.isnan(known).all():
            return np.full(len(centre), self.cap)
        at = np.asarray(self.centres)
        inside = ~np.isnan(known)
        away = np.interp(centre, at[inside], known[inside])
        hours = np.clip(centre + away * spread, 0.0, self.cap)
        unknown = np.interp(centre, at, (~inside).astype(float))  # how near to lines that lie beyond: 0 to 1
        return np.where(unknown > 0, hours + unknown * (self.cap - hours), hours)
