"""A morning without a model: how far each machine stands from its own normal and from its peers.

No probability, and fitted on nothing: a fleet that has never failed, or too seldom to learn from, is told where to look
first. A sensor's distance is the larger of two: how many of its own sds the machine's recent level is off its baseline,
and how many robust sds (1.4826 times the median absolute deviation) that shift is off the fleet's middle. Where a
machine has no baseline yet, its level is compared with the fleet's. Errors are compared with the others' mean, in the
sd of a Poisson count; so is what a counter has risen by where those of most machines have not, else it is compared with
the fleet's middle. A state tells what a machine does, and is no distance. A machine's distance is that of its farthest
subject.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.explain.reason_record import Reason, reasons_as_json, reasons_as_text
from ml.mart.columns import ANY
from ml.mart.feature_names import INCREASE, feature_name, nearest_window
from ml.mart.silence import is_silent, reading_counts
from ml.models.version import ModelVersion
from ml.scoring.contract import DOWN, ELEVATED, NORMAL, SILENT, prediction_columns, probability_column
from ml.scoring.down import NONE_DOWN, DownMachines
from ml.scoring.score import ADVICE, features_digest
from ml.training.shortage import MIN_FAILURES
from ml.wording import counted
from settings import Fleet, Settings

VERSION = ModelVersion("distance-from-normal", "distance-from-normal")
FAR = 3.5  # Iglewicz and Hoaglin (1993): robust sds from which on a value is an outlier
WORTH_A_WORD = 2.0
FARTHEST = 99.0
LEAST_PEERS = 5
LEAST_SPREAD = 0.25  # of shifts, in the machines' own sd: a fleet that stands still makes nobody an outlier
LEAST_COUNT_SD = 0.3  # of an error that hardly ever comes
NEEDED = 2 * MIN_FAILURES  # before the folds and in them
LOOK = "Look at it: far from its normal"

Columns = NDArray[np.float64]


@dataclass(frozen=True)
class Distances:
    """Shape (rows, subjects): how far, and for sensors in which of the windows (0 for error codes)."""

    subjects: tuple[str, ...]
    far: Columns
    window_hours: NDArray[np.int64]


def columns_to_compare(fleet: Fleet, settings: Settings) -> list[str]:
    """The mart's columns that `answer_from_normal` reads beside the keys."""
    sensors = [
        feature_name(sensor, stat, window)
        for sensor in _compared_sensors(fleet)
        for window in fleet.windows_hours
        for stat in ((INCREASE,) if fleet.sensors[sensor].kind == "counter" else ("mean", "shift"))
    ]
    errors = [feature_name(code, "count", nearest_window(fleet)) for code in fleet.error_codes]
    return list(dict.fromkeys([*sensors, *errors, *reading_counts(fleet, settings.workspace.scoring)]))


def answer_from_normal(
    rows: pd.DataFrame, settings: Settings, scored_at: datetime, down: DownMachines = NONE_DOWN
) -> pd.DataFrame:
    """The predictions of one night's mart rows by distance: the contract's columns, every probability NULL.

    No machine is alerted: an alert is a model's, and is judged as one. `elevated` is a machine that is FAR, `silent`
    one without a reading of late, `down` one that is out already. The features that are hashed are those that were
    compared.
    """
    fleet, scoring = settings.fleet, settings.workspace.scoring
    is_down = rows["machine_id"].isin(list(down)).to_numpy()
    silent = is_silent(rows, reading_counts(fleet, scoring)) & ~is_down
    found = distances(rows, silent | is_down, fleet)
    far = np.where(silent | is_down, np.nan, found.far.max(axis=1, initial=0.0))
    levels = np.select([is_down, silent, far >= FAR], [DOWN, SILENT, ELEVATED], NORMAL).astype(object)
    out = pd.DataFrame({name: rows[name].to_numpy() for name in ("machine_id", "as_of")})
    out["horizon_hours"] = np.int32(fleet.horizon_hours)
    for target in (ANY, *fleet.components):
        out[probability_column(target)] = np.nan
    out["predicted_component"] = np.full(len(rows), None, dtype=object)
    out["alert"] = np.zeros(len(rows), dtype=bool)
    out["risk_level"] = levels
    out["recommended_action"] = [
        down[machine].advice(fleet) if level == DOWN else {**ADVICE, ELEVATED: LOOK}[level]
        for machine, level in zip(out["machine_id"], levels, strict=True)
    ]
    out["reasons"], out["reason_records"] = _told(rows, found, far, settings)
    out["model_name"], out["model_version"] = VERSION.name, VERSION.version
    compared = [name for name in columns_to_compare(fleet, settings) if name in rows]
    out["features_hash"] = np.array(features_digest(rows, compared), dtype=object)
    out["scored_at"] = scored_at
    out["distance_from_normal"] = far
    return out[[column.name for column in prediction_columns(fleet.components)]]


def distances(rows: pd.DataFrame, unheard: NDArray[np.bool_], fleet: Fleet) -> Distances:
    """How far each row's sensors and error codes stand from normal; what cannot be compared is 0 away.

    `unheard` rows, silent or down, shape (rows,), are nobody's peers. All rows are of one night.
    """
    code_window = nearest_window(fleet)
    far, windows = [], []
    for sensor in _compared_sensors(fleet):
        compare = _counter if fleet.sensors[sensor].kind == "counter" else _sensor
        by_window = np.stack([compare(rows, sensor, hours, ~unheard) for hours in fleet.windows_hours], axis=1)
        far.append(by_window.max(axis=1))
        windows.append(np.asarray(fleet.windows_hours)[by_window.argmax(axis=1)])
    for code in fleet.error_codes:
        far.append(_errors(_numbers(rows, feature_name(code, "count", code_window)), ~unheard))
        windows.append(np.full(len(rows), code_window))
    if not far:
        return Distances((), np.zeros((len(rows), 0)), np.zeros((len(rows), 0), dtype=int))
    table = np.minimum(np.stack(far, axis=1), FARTHEST)
    return Distances((*_compared_sensors(fleet), *fleet.error_codes), table, np.stack(windows, axis=1))


def why_no_model(failures: int) -> str:
    """What stands at the top of a morning by distance; `failures` are on record."""
    known = f"{counted(failures, 'failure')} {'is' if failures < 2 else 'are'} on record"
    return (
        "No model scores yet, so this is distance from normal and not a probability: how far each machine stands from "
        f"its own baseline and from the other machines. Until now {known}; a model learns from failures, at least "
        f"{NEEDED} of them with weeks of readings before each. Land what the workshop knows (PdM_failures.csv), then "
        "run `make train`."
    )


def _sensor(rows: pd.DataFrame, sensor: str, hours: int, heard: NDArray[np.bool_]) -> Columns:
    shifts = _numbers(rows, feature_name(sensor, "shift", hours))
    own = np.maximum(np.abs(shifts), np.abs(_from_peers(shifts, heard, LEAST_SPREAD)))
    levels = _numbers(rows, feature_name(sensor, "mean", hours))
    newcomer = np.abs(_from_peers(levels, heard, 0.0))
    return np.nan_to_num(np.where(np.isnan(shifts), newcomer, own), nan=0.0)


def _compared_sensors(fleet: Fleet) -> list[str]:
    return [name for name, sensor in fleet.sensors.items() if sensor.kind != "state"]


def _counter(rows: pd.DataFrame, sensor: str, hours: int, heard: NDArray[np.bool_]) -> Columns:
    rises = _numbers(rows, feature_name(sensor, INCREASE, hours))
    known = rises[heard & ~np.isnan(rises)]
    seldom = len(known) > 0 and float(np.median(known)) == 0
    away = _errors(rises, heard) if seldom else np.abs(_from_peers(rises, heard, 0.0))
    return np.nan_to_num(np.where(np.isnan(rises), 0.0, away), nan=0.0)


def _from_peers(values: Columns, heard: NDArray[np.bool_], least_spread: float) -> Columns:
    """In robust sds from the middle of the heard machines; 0 where they are too few or all alike."""
    known = values[heard & ~np.isnan(values)]
    if len(known) < LEAST_PEERS:
        return np.where(np.isnan(values), np.nan, 0.0)
    middle = float(np.median(known))
    spread = max(1.4826 * float(np.median(np.abs(known - middle))), least_spread)
    return (values - middle) / spread if spread > 0 else np.where(np.isnan(values), np.nan, 0.0)


def _errors(counts: Columns, heard: NDArray[np.bool_]) -> Columns:
    """In sds of a Poisson count above the mean of the other machines; fewer errors than others have are no distance."""
    counts = np.nan_to_num(counts, nan=0.0)
    total, machines = counts[heard].sum(), int(heard.sum())
    others = np.maximum(total - np.where(heard, counts, 0.0), 0.0) / np.maximum(machines - heard, 1)
    return np.maximum(counts - others, 0.0) / np.maximum(np.sqrt(others), LEAST_COUNT_SD)


def _told(
    rows: pd.DataFrame, found: Distances, far: Columns, settings: Settings
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """The reasons of every machine that is far and of the farthest others, as text and as JSON; None for the rest."""
    scoring = settings.workspace.scoring
    order = np.lexsort((rows["machine_id"].to_numpy().astype(str), -np.nan_to_num(far, nan=-1.0)))
    told = {*np.flatnonzero(far >= FAR), *(at for at in order[: scoring.reasons_top_n] if not np.isnan(far[at]))}
    texts, records = (np.full(len(rows), None, dtype=object) for _ in range(2))
    for at in told:
        reasons = _reasons(rows.iloc[at], found, int(at), settings)
        texts[at], records[at] = reasons_as_text(reasons), reasons_as_json(reasons)
    return texts, records


def _reasons(row: "pd.Series[float]", found: Distances, at: int, settings: Settings) -> list[Reason]:
    strongest = np.argsort(-found.far[at], kind="stable")[: settings.workspace.scoring.reasons_per_machine]
    return [
        Reason(found.subjects[i], True, 0.0, _words(row, found, at, int(i), settings.fleet))
        for i in strongest if found.far[at, i] >= WORTH_A_WORD
    ]  # fmt: skip


def _words(row: "pd.Series[float]", found: Distances, at: int, subject: int, fleet: Fleet) -> str:
    name, hours = found.subjects[subject], int(found.window_hours[at, subject])
    away = f"{found.far[at, subject]:.1f} sd from normal"
    if name not in fleet.sensors:
        return f"{float(row[feature_name(name, 'count', hours)]):.0f} {fleet.error_label(name)} in {hours} h, {away}"
    if fleet.sensors[name].kind == "counter":
        rise = f"{float(row[feature_name(name, INCREASE, hours)]):,.1f}".removesuffix(".0")
        return (
            f"{fleet.sensor_label(name)} rose by {rise} {fleet.sensors[name].unit}".rstrip() + f" in {hours} h, {away}"
        )
    mean, shift = (float(row.get(feature_name(name, stat, hours), np.nan)) for stat in ("mean", "shift"))
    level = f"{fleet.sensor_label(name)} {hours} h mean {mean:.1f} {fleet.sensors[name].unit}".rstrip()
    if np.isnan(shift):
        return f"{level}, no baseline yet, {away} of the other machines"
    return f"{level}, {abs(shift):.1f} sd {'above' if shift >= 0 else 'below'} its baseline, {away}"


def _numbers(rows: pd.DataFrame, name: str) -> Columns:
    if name not in rows:
        return np.full(len(rows), np.nan)
    return rows[name].to_numpy(dtype="float64")
