"""How far a machine stands from its own normal: one number a row, fitted on nothing, where no model scores yet.

It owns the score; `ml/scoring/from_normal.py` makes a morning of it, and `ml/evaluation/naive_rules.py` a rival that a
model must beat. In standard deviations (sd), of the rows of one moment:

    distance = sqrt((d1**2 + d2**2) / 2),    d1 >= d2 >= ... the distances of a row's subjects, each at most CLIP

A gauge's distance is the larger of |shift| and |shift - m| / max(1.4826 * MAD, LEAST_SPREAD), in that of the fleet's
windows where it is largest: `shift` is the mart's column, how many of its own sds the machine's recent level is off its
baseline, m and MAD are the median and the median absolute deviation of all heard machines' shifts. Where a machine has
no baseline yet (shift NULL), its level is compared with the fleet's, |mean - m| / (1.4826 * MAD); like_mean stands for
the mean of a sensor that is compared within operating regimes. An error code's is
how many sds of a Poisson count (at least LEAST_COUNT_SD) its count is above the mean of the other machines. A counter's
is that of its increase: as an error's where those of most machines are 0, else as a level's. A state tells what a
machine does, and is no subject. What cannot be compared, NULL or among fewer than LEAST_PEERS machines, is 0 away.

Two subjects are asked because one may be a sensor gone mad: whatever it reads, it moves its machine by no more than
CLIP / sqrt(2) and stands behind two subjects that are really off, and medians keep it from moving the others. A fleet
with one subject alone has d1. Robust sds as in Iglewicz and Hoaglin (1993), "How to detect and handle outliers".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.mart.feature_names import INCREASE, feature_name, level_stat, nearest_window
from settings import Fleet

Columns = Mapping[str, Floats]  # of the mart, by name, shape (rows,) each

CLIP = 12.0  # sds that a single subject counts at most
COUNTED = 2  # of the farthest subjects
FARTHEST = 99.0  # as a subject's distance is told
LEAST_PEERS = 5
LEAST_SPREAD = 0.25  # of shifts, in the machines' own sd: a fleet that stands still makes nobody an outlier
LEAST_COUNT_SD = 0.3  # of an error that hardly ever comes


@dataclass(frozen=True)
class Distances:
    """How far each subject is, shape (rows, subjects), and for sensors in which of the windows (0 for error codes)."""

    subjects: tuple[str, ...]
    far: Floats
    window_hours: NDArray[np.int64]

    @property
    def overall(self) -> Floats:
        """The distance of each row, shape (rows,): see above. Never falls where a subject moves farther."""
        farthest = -np.sort(-np.minimum(self.far, CLIP), axis=1)[:, :COUNTED]
        return np.sqrt(np.square(farthest).sum(axis=1) / max(farthest.shape[1], 1))


def compared_columns(fleet: Fleet) -> list[str]:
    """The mart's columns that the distance reads."""
    sensors = [
        feature_name(sensor, stat, window)
        for sensor in _compared_sensors(fleet)
        for window in fleet.windows_hours
        for stat in ((INCREASE,) if fleet.sensors[sensor].kind == "counter" else (level_stat(sensor, fleet), "shift"))
    ]
    errors = [feature_name(code, "count", nearest_window(fleet)) for code in fleet.error_codes]
    return list(dict.fromkeys([*sensors, *errors]))


def distances(rows: pd.DataFrame, unheard: NDArray[np.bool_], fleet: Fleet) -> Distances:
    """How far each row's sensors and error codes stand from normal; what cannot be compared is 0 away.

    `unheard` rows, silent or down, shape (rows,), are nobody's peers. All rows are of one moment.
    """
    return _distances(_columns(rows, fleet), unheard, fleet)


def _distances(columns: Columns, unheard: NDArray[np.bool_], fleet: Fleet) -> Distances:
    code_window = nearest_window(fleet)
    far, windows = [], []
    for sensor in _compared_sensors(fleet):
        is_counter, level = fleet.sensors[sensor].kind == "counter", level_stat(sensor, fleet)
        by_window = np.stack(
            [
                _counter(columns, sensor, hours, ~unheard)
                if is_counter
                else _sensor(columns, sensor, hours, ~unheard, level)
                for hours in fleet.windows_hours
            ],
            axis=1,
        )
        far.append(by_window.max(axis=1))
        windows.append(np.asarray(fleet.windows_hours)[by_window.argmax(axis=1)])
    for code in fleet.error_codes:
        far.append(_errors(_numbers(columns, feature_name(code, "count", code_window), ~unheard), ~unheard))
        windows.append(np.full(len(unheard), code_window))
    if not far:
        return Distances((), np.zeros((len(unheard), 0)), np.zeros((len(unheard), 0), dtype=int))
    table = np.minimum(np.stack(far, axis=1), FARTHEST)
    return Distances((*_compared_sensors(fleet), *fleet.error_codes), table, np.stack(windows, axis=1))


def distance_from_normal(rows: pd.DataFrame, fleet: Fleet) -> Floats:
    """The distance of each row of any number of moments (`as_of`), shape (rows,).

    A machine without any compared reading, as in a night that finds it silent, is nobody's peer, and is far by its
    errors alone.
    """
    known = rows[[name for name in compared_columns(fleet) if name in rows]]
    codes = [feature_name(code, "count", nearest_window(fleet)) for code in fleet.error_codes]
    unheard = known.drop(columns=codes, errors="ignore").isna().all(axis=1).to_numpy()
    columns, found = _columns(known, fleet), np.zeros(len(rows))  # once: a frame of each moment takes longer to cut
    for at in rows.groupby("as_of", sort=False).indices.values():
        found[at] = _distances({name: column[at] for name, column in columns.items()}, unheard[at], fleet).overall
    return found


def _sensor(columns: Columns, sensor: str, hours: int, heard: NDArray[np.bool_], level: str) -> Floats:
    shifts = _numbers(columns, feature_name(sensor, "shift", hours), heard)
    own = np.maximum(np.abs(shifts), np.abs(_from_peers(shifts, heard, LEAST_SPREAD)))
    levels = _numbers(columns, feature_name(sensor, level, hours), heard)
    newcomer = np.abs(_from_peers(levels, heard, 0.0))
    return np.nan_to_num(np.where(np.isnan(shifts), newcomer, own), nan=0.0)


def _compared_sensors(fleet: Fleet) -> list[str]:
    return [name for name, sensor in fleet.sensors.items() if sensor.kind != "state"]


def _counter(columns: Columns, sensor: str, hours: int, heard: NDArray[np.bool_]) -> Floats:
    rises = _numbers(columns, feature_name(sensor, INCREASE, hours), heard)
    known = rises[heard & ~np.isnan(rises)]
    seldom = len(known) > 0 and float(np.median(known)) == 0
    away = _errors(rises, heard) if seldom else np.abs(_from_peers(rises, heard, 0.0))
    return np.nan_to_num(np.where(np.isnan(rises), 0.0, away), nan=0.0)


def _from_peers(values: Floats, heard: NDArray[np.bool_], least_spread: float) -> Floats:
    """In robust sds from the middle of the heard machines; 0 where they are too few or all alike."""
    known = values[heard & ~np.isnan(values)]
    if len(known) < LEAST_PEERS:
        return np.where(np.isnan(values), np.nan, 0.0)
    middle = float(np.median(known))
    spread = max(1.4826 * float(np.median(np.abs(known - middle))), least_spread)
    return (values - middle) / spread if spread > 0 else np.where(np.isnan(values), np.nan, 0.0)


def _errors(counts: Floats, heard: NDArray[np.bool_]) -> Floats:
    """In sds of a Poisson count above the mean of the other machines; fewer errors than others have are no distance."""
    counts = np.nan_to_num(counts, nan=0.0)
    total, machines = counts[heard].sum(), int(heard.sum())
    others = np.maximum(total - np.where(heard, counts, 0.0), 0.0) / np.maximum(machines - heard, 1)
    return np.maximum(counts - others, 0.0) / np.maximum(np.sqrt(others), LEAST_COUNT_SD)


def _columns(rows: pd.DataFrame, fleet: Fleet) -> Columns:
    return {name: rows[name].to_numpy(dtype="float64") for name in compared_columns(fleet) if name in rows}


def _numbers(columns: Columns, name: str, heard: NDArray[np.bool_]) -> Floats:
    return columns[name] if name in columns else np.full(len(heard), np.nan)
