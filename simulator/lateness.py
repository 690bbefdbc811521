"""When a row becomes known: most at their event, a share of them hours to days later."""

import numpy as np
import pandas as pd

from simulator.spec import FleetSpec
from simulator.streams import stream


def with_availability(spec: FleetSpec, feed: str, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with an `available_at` column, if the fleet has late rows: datetime, or 1..late_max_hours after it.

    Delays are log-uniform: short ones are common, and the longest still happen. Other columns and order are kept.
    """
    if not spec.late_share:
        return rows
    rng = stream(spec.seed, f"late {feed}")
    late = rng.random(len(rows)) < spec.late_share
    delay = np.floor((spec.late_max_hours + 1.0) ** rng.random(len(rows))).astype(np.int64)
    delay = np.where(late, np.minimum(delay, spec.late_max_hours), 0)
    return rows.assign(available_at=rows["datetime"].to_numpy() + delay.astype("timedelta64[h]"))
