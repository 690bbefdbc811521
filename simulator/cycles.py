"""The hidden state of every component over time: installed, perhaps defective, then failed or replaced as planned."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.physics import COMPONENTS_A_SHOCK, draw_defect_life, draw_wear, wear_scale
from simulator.spec import HOURS_A_DAY, HOURS_A_YEAR, FleetSpec
from simulator.streams import stream

NEVER = np.int64(10**12)
FIRST_WORK_HOUR, LAST_WORK_HOUR = 6, 17


@dataclass(frozen=True)
class Hidden:
    """The state that is in no feed. Hours count from the fleet's start; negative hours are before the telemetry.

    cycles: one row for each life of a component, sorted by `slot` and `installed`, where slot = machine index *
    components + component index: machine (0-based), component (0-based), installed, defect (NEVER if none began),
    silent, ended, failed. A life covers the hours [installed, ended).
    planned: hours of the planned replacements, shape [slots, visits], increasing.
    scale: wear scale in hours, shape [slots].
    """

    cycles: pd.DataFrame
    planned: np.ndarray
    scale: np.ndarray


def component_lives(spec: FleetSpec, machines: pd.DataFrame) -> Hidden:
    """Simulate every component from its installation before the telemetry to past the fleet's last hour."""
    scale = wear_scale(spec, machines).ravel()
    planned, shocks = _planned_visits(spec), _shocks(spec)
    rng = stream(spec.seed, "cycles")
    slots = np.arange(scale.size)
    installed, parts = planned[:, 0], []
    while (installed <= spec.last_hour).any():
        wear = draw_wear(spec, scale, rng)
        defect = np.minimum(installed + wear, _next(shocks, installed))
        failure = defect + draw_defect_life(spec, scale.shape, rng)
        silent = rng.random(scale.size) < spec.silent_share
        ended = np.minimum(failure, _next(planned, installed))
        life = pd.DataFrame({
            "slot": slots, "installed": installed, "defect": np.where(defect < ended, defect, NEVER),
            "silent": silent, "ended": ended, "failed": failure <= ended,
        })  # fmt: skip
        parts.append(life[installed <= spec.last_hour])
        installed = ended
    cycles = pd.concat(parts).sort_values(["slot", "installed"], ignore_index=True)
    cycles.insert(1, "machine", cycles["slot"] // len(spec.components))
    cycles.insert(2, "component", cycles["slot"] % len(spec.components))
    return Hidden(cycles, planned, scale)


def _planned_visits(spec: FleetSpec) -> np.ndarray:
    """Hours of the planned replacements, shape [slots, visits]: a period with jitter, in working hours, any state."""
    physics, rng = spec.physics, stream(spec.seed, "planned")
    slots = spec.machines * len(spec.components)
    visits = int((physics.history_days + spec.days) / physics.planned_every_days) + 4
    phase = rng.uniform(0, physics.planned_every_days, (slots, 1))
    jitter = rng.uniform(-physics.planned_jitter_days, physics.planned_jitter_days, (slots, visits))
    day = np.floor(phase + np.arange(visits) * physics.planned_every_days + jitter) - physics.history_days
    hour = rng.integers(FIRST_WORK_HOUR, LAST_WORK_HOUR + 1, (slots, visits))
    return day.astype(np.int64) * HOURS_A_DAY + hour


def _shocks(spec: FleetSpec) -> np.ndarray:
    """Hours at which a shock strikes each component, shape [slots, shocks], NEVER where it strikes others."""
    rng = stream(spec.seed, "shocks")
    first = -(spec.physics.history_days + int(spec.physics.planned_jitter_days) + 1) * HOURS_A_DAY
    span = spec.last_hour + 200 * HOURS_A_DAY - first
    counts = rng.poisson(spec.physics.shocks_per_machine_year * span / HOURS_A_YEAR, spec.machines)
    most, parts = max(int(counts.max()), 1), len(spec.components)
    when = np.floor(rng.uniform(first, first + span, (spec.machines, most))).astype(np.int64)
    when[np.arange(most)[None, :] >= counts[:, None]] = NEVER
    order = rng.random((spec.machines, most, parts)).argsort(axis=2)
    struck = order < min(COMPONENTS_A_SHOCK, parts)
    hours = np.where(struck, when[:, :, None], NEVER)
    return np.sort(hours.transpose(0, 2, 1).reshape(-1, most), axis=1)


def _next(hours: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The first of each row's increasing `hours` later than `after`, NEVER if none; shape [rows]."""
    return np.where(hours > after[:, None], hours, NEVER).min(axis=1)
