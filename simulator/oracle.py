"""The best possible prediction: the probability of failure from the simulator's own state, by its own laws.

The oracle knows each component's hours since replacement, its wear scale (model, age) and, once a defect that is
not silent has begun, its degradation. It does not know whether a silent defect has begun, nor any future draw, nor
the plan: planned replacements ahead are ignored, so judge it on rows without one (`outcomes` marks them).
Components are taken as independent given that state; shocks, the one thing they share, make this very slightly off.
"""

import numpy as np
import pandas as pd

from simulator.cycles import Hidden
from simulator.fleet import SimulatedFleet
from simulator.grid import as_hours, grid_frame
from simulator.physics import defect_survival, sound_survival
from simulator.spec import FleetSpec


def true_probability(fleet: SimulatedFleet, as_of: np.ndarray, horizon_hours: int) -> pd.DataFrame:
    """The oracle's probability of a failure in (as_of, as_of + horizon_hours], for each machine at each as_of.

    Returns machines * len(as_of) rows, by as_of then machine: machine_id, as_of, <component>_probability...,
    failure_probability. Raises ValueError for an as_of outside the telemetry or a horizon below 1 hour.
    """
    spec = fleet.spec
    times, hours = as_hours(spec, as_of, horizon_hours)
    age, elapsed = _state(spec, fleet.hidden, hours)
    unseen = _UnseenTable(spec, fleet.hidden.scale, int(age.max()), horizon_hours)
    seen = 1 - defect_survival(spec, elapsed + horizon_hours) / defect_survival(spec, elapsed)
    slot = np.broadcast_to(np.arange(fleet.hidden.scale.size), age.shape)
    by_part = np.where(elapsed >= 0, seen, unseen(slot, age)).reshape(-1, len(spec.components))
    whole = 1 - np.prod(1 - by_part, axis=1)
    return grid_frame(spec, times, by_part, "probability", whole=whole, name="failure_probability")


def _state(spec: FleetSpec, hidden: Hidden, hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hours since replacement, and hours since a visible defect began (-1 if none), shapes [as_of, slots]."""
    cycles, slots = hidden.cycles, hidden.scale.size
    low = int(cycles["installed"].min())
    width = spec.last_hour - low + 1
    keys = cycles["slot"].to_numpy() * width + cycles["installed"].to_numpy() - low
    wanted = np.arange(slots)[None, :] * width + hours[:, None] - low
    row = np.searchsorted(keys, wanted, side="right") - 1
    defect = cycles["defect"].to_numpy()[row]
    visible = (defect <= hours[:, None]) & ~cycles["silent"].to_numpy()[row]
    elapsed = np.where(visible, hours[:, None] - defect, -1)
    return hours[:, None] - cycles["installed"].to_numpy()[row], elapsed


class _UnseenTable:
    """P(fails within the horizon | no defect is visible), for every wear scale and whole hour of age.

    With f(d) the probability that a defect begins at hour d, q the silent share and S the defect's survival:
        seen nothing by a:   N(a) = P(sound at a) + q sum_{d<=a} f(d) S(a-d)
        of it, fails by a+h: N(a) - P(sound at a+h) - sum_{d<=a+h} [q + (1-q)(d>a)] f(d) S(a+h-d)
    """

    def __init__(self, spec: FleetSpec, scale: np.ndarray, max_age: int, horizon: int) -> None:
        scales, self.which = np.unique(scale, return_inverse=True)
        age = np.arange(max_age + horizon + 1)
        sound = sound_survival(spec, age[None, :], scales[:, None])
        begins = -np.diff(sound, axis=1, prepend=1.0)
        alive = defect_survival(spec, age)
        size = 2 * age.size  # padded, so that the circular product of the transforms is the plain convolution
        running = np.fft.irfft(np.fft.rfft(begins, size) * np.fft.rfft(alive, size), size)[:, : age.size]
        now, then = slice(0, max_age + 1), slice(horizon, None)
        fresh = np.zeros_like(sound[:, now])
        for wait in range(1, horizon + 1):
            fresh += begins[:, wait : wait + max_age + 1] * alive[horizon - wait]
        q = spec.silent_share
        nothing_seen = sound[:, now] + q * running[:, now]
        still_fine = sound[:, then] + q * running[:, then] + (1 - q) * fresh
        self.table = np.clip(1 - still_fine / nothing_seen, 0.0, 1.0)

    def __call__(self, slot: np.ndarray, age: np.ndarray) -> np.ndarray:
        return self.table[self.which[slot], age]
