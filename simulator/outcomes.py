"""What happened within the horizon of each as_of, and the average precision of a ranking against it."""

import numpy as np
import pandas as pd

from simulator.fleet import SimulatedFleet
from simulator.grid import as_hours, grid_frame
from simulator.oracle import true_probability
from simulator.spec import HOURS_A_DAY, FleetSpec


def nightly(spec: FleetSpec, hour: int = 6, horizon_hours: int = HOURS_A_DAY) -> np.ndarray:
    """One as_of a day at `hour` whose horizon ends within the data: datetime64[s], shape [nights]."""
    hours = np.arange(hour, spec.last_hour - horizon_hours + 1, HOURS_A_DAY)
    return spec.times(hours)


def outcomes(fleet: SimulatedFleet, as_of: np.ndarray, horizon_hours: int) -> pd.DataFrame:
    """What happened in (as_of, as_of + horizon_hours], row for row as `true_probability`.

    Returns machine_id, as_of, <component>_failed..., failed, and <component>_planned..., planned: whether the plan
    held a replacement in that span, done or not (so that leaving such rows out does not favour either outcome).
    """
    spec, hidden = fleet.spec, fleet.hidden
    times, hours = as_hours(spec, as_of, horizon_hours)
    lives = hidden.cycles[hidden.cycles["failed"]]
    failed = _any_within(lives["slot"].to_numpy(), lives["ended"].to_numpy(), hours, horizon_hours, hidden.scale.size)
    slot = np.repeat(np.arange(hidden.scale.size), hidden.planned.shape[1])
    planned = _any_within(slot, hidden.planned.ravel(), hours, horizon_hours, hidden.scale.size)
    parts = len(spec.components)
    failed, planned = failed.reshape(-1, parts), planned.reshape(-1, parts)
    out = grid_frame(spec, times, failed, "failed", whole=np.any(failed, axis=1), name="failed")
    more = grid_frame(spec, times, planned, "planned", whole=np.any(planned, axis=1), name="planned")
    return pd.concat([out, more.iloc[:, 2:]], axis=1)


def average_precision(failed: np.ndarray, probability: np.ndarray) -> float:
    """Mean over the failures of the precision at their rank, ties shared as in scikit-learn; NaN without a failure."""
    order = np.argsort(-probability, kind="stable")
    hits, ranked = np.cumsum(np.asarray(failed, bool)[order]), probability[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    if not hits[-1]:
        return float("nan")
    gained = np.diff(hits[last], prepend=0)
    return float((gained * hits[last] / (last + 1)).sum() / hits[-1])


def oracle_ap(fleet: SimulatedFleet, horizon_hours: int = HOURS_A_DAY) -> float:
    """The oracle's average precision, one row a machine a day at 06:00, rows with a planned replacement left out."""
    as_of = nightly(fleet.spec, horizon_hours=horizon_hours)
    if not as_of.size:
        return float("nan")
    seen = outcomes(fleet, as_of, horizon_hours)
    kept = ~seen["planned"].to_numpy()
    truth = true_probability(fleet, as_of, horizon_hours)["failure_probability"].to_numpy()
    return average_precision(seen["failed"].to_numpy()[kept], truth[kept])


def _any_within(slot: np.ndarray, event: np.ndarray, hours: np.ndarray, horizon: int, slots: int) -> np.ndarray:
    """Whether each slot has an event in (hour, hour + horizon], shape [as_of, slots]."""
    low, high = int(min(event.min(initial=0), 0)), int(max(event.max(initial=0), hours.max() + horizon))
    width = high - low + 1
    keys = np.sort(slot * width + event - low)
    base = np.arange(slots)[None, :] * width + hours[:, None] - low
    return np.searchsorted(keys, base + horizon, side="right") > np.searchsorted(keys, base, side="right")
