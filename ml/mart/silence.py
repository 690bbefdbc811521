"""Silent machines: those whose rows of the mart hold no reading of late, so that nothing can be said of them.

One that told that it does not run is off and not silent.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.mart.feature_names import NOT_RUNNING, feature_name
from settings import Fleet, ScoringSettings

HOUR = timedelta(hours=1)


def silent_after(fleet: Fleet, scoring: ScoringSettings) -> int:
    """Hours without a reading after which a machine is silent.

    `silent_after_hours`, or as long as the step and the latency of the telemetry may keep a healthy one quiet, if that
    is longer.
    """
    may_be_quiet = fleet.telemetry_step + timedelta(hours=fleet.feed_latency_hours.telemetry)
    return max(scoring.silent_after_hours, may_be_quiet // HOUR + 1)


def reading_counts(fleet: Fleet, scoring: ScoringSettings) -> list[str]:
    """Each sensor's count of readings in the shortest window that reaches back `silent_after` hours.

    The last is the count of rows while the machine did not run, a column of those marts whose fleet says when that is.
    """
    after, windows = silent_after(fleet, scoring), fleet.windows_hours
    window = min((hours for hours in windows if hours >= after), default=max(windows))
    return [feature_name(subject, "n", window) for subject in (*fleet.sensors, NOT_RUNNING)]


def is_silent(rows: pd.DataFrame, counts: Sequence[str]) -> NDArray[np.bool_]:
    """Which rows have no reading at all in the columns `counts`, nor told that the machine was off."""
    known = [name for name in counts if name in rows or not name.startswith(f"{NOT_RUNNING}_")]
    return (rows[known].fillna(0).sum(axis=1) == 0).to_numpy()
