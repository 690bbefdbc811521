"""What was known of each row's remaining time at a moment, capped, and what a learner can make of it."""

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.lives import LIFE_HIGH, LIFE_LOW
from ml.metrics.remaining_metrics import Truth
from ml.metrics.survival import known_weights
from settings import Fleet

SETTLED = "remaining_settled"
HOUR_SECONDS = 3600  # an hour has


def known_at(rows: pd.DataFrame, moment: datetime, cap: float, fleet: Fleet) -> pd.DataFrame:
    """The rows that were in service, with LIFE_LOW and LIFE_HIGH as they were known at `moment`, capped, and SETTLED.

    A life that goes on beyond `moment` is cut off there, not left out: else only short lives would be known of the last
    weeks. LIFE_LOW is at most `cap`, LIFE_HIGH infinite where the end was not known, or lies beyond it. SETTLED rows
    lie so far back that the whole cap had gone by: of them short and long lives are known alike.
    """
    found = rows[rows[LIFE_LOW].notna() & (rows["as_of"] <= moment)]
    ahead = (moment - found["as_of"]).dt.total_seconds().to_numpy(dtype="float64") / HOUR_SECONDS
    told = ahead - fleet.feed_latency_hours.failures
    seen = np.maximum(told - fleet.found_within_hours, 0.0)
    low, high = found[LIFE_LOW].to_numpy(dtype="float64"), found[LIFE_HIGH].to_numpy(dtype="float64")
    is_known = ~np.isnan(high) & (high <= told)
    low = np.minimum(np.where(is_known, low, np.minimum(low, seen)), cap)
    high = np.where(is_known & (low < cap), high, np.inf)
    return found.assign(**{LIFE_LOW: low, LIFE_HIGH: high, SETTLED: seen >= cap})


def truth_of(known: pd.DataFrame, cap: float) -> Truth:
    """What came of rows of `known_at`."""
    return Truth(known[LIFE_LOW].to_numpy(), known[LIFE_HIGH].to_numpy(), cap)


def life_weights(known: pd.DataFrame, cap: float) -> Floats:
    """How much each row of `known_at` counts where its life must be a number, shape (n,); 0 where it is not known.

    Of settled rows alone, and those that were cut off early, by a planned replacement or by silence, are stood for.
    """
    truth, settled = truth_of(known, cap), known[SETTLED].to_numpy(dtype=bool)
    weights = np.zeros(len(known))
    hours = np.where(truth.settled, truth.hours, truth.low)[settled]
    weights[settled] = known_weights(hours, truth.settled[settled])
    return weights


def life_numbers(known: pd.DataFrame) -> NDArray[np.int64]:
    """A number for each failure: one of a machine at one moment, whichever night looks ahead to it."""
    end = known["as_of"] + pd.to_timedelta(known[LIFE_HIGH].where(np.isfinite(known[LIFE_HIGH])), unit="h")
    named = known["machine_id"].astype(str) + "|" + end.dt.round("h").astype(str)
    return pd.util.hash_array(named.to_numpy(dtype=object)).astype(np.int64)
