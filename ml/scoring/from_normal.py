"""A morning without a model: the machines by their distance from normal, told with their evidence.

No probability, and fitted on nothing: a fleet that has never failed, or too seldom to learn from, is told where to look
first. The distance is `ml/models/from_normal.py`'s.
"""

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.arrays import Floats
from ml.explain.moments import error_words
from ml.explain.reason_record import Reason, reasons_as_json, reasons_as_text
from ml.mart.columns import ANY
from ml.mart.feature_names import INCREASE, error_clock, feature_name
from ml.mart.silence import is_silent, reading_counts
from ml.models.from_normal import Distances, compared_columns, distances
from ml.models.version import ModelVersion
from ml.models.windows import REMAINING
from ml.scoring.contract import (
    DOWN,
    ELEVATED,
    NORMAL,
    SILENT,
    further_column,
    prediction_columns,
    probability_column,
)
from ml.scoring.down import NONE_DOWN, DownMachines
from ml.scoring.score import ADVICE, features_digest
from ml.training.shortage import MIN_FAILURES, still_needed
from ml.wording import counted
from settings import Fleet, Settings

VERSION = ModelVersion("distance-from-normal", "distance-from-normal")
FAR = 3.5  # Iglewicz and Hoaglin (1993): robust sds from which on a value is an outlier
WORTH_A_WORD = 2.0
LOOK = "Look at it: far from its normal"


def columns_to_compare(fleet: Fleet, settings: Settings) -> list[str]:
    """The mart's columns that `answer_from_normal` reads beside the keys, those that reasons alone quote last."""
    return list(dict.fromkeys([*_hashed_columns(fleet, settings), *map(error_clock, fleet.error_codes)]))


def answer_from_normal(
    rows: pd.DataFrame, settings: Settings, scored_at: datetime, down: DownMachines = NONE_DOWN
) -> pd.DataFrame:
    """The predictions of one night's mart rows by distance: the contract's columns, every probability NULL.

    No machine is alerted: an alert is a model's, and is judged as one. `elevated` is a machine of which one sensor or
    error code is FAR, however it ranks, `silent` one without a reading of late, `down` one that is out already. The
    features that are hashed are those that were compared.
    """
    fleet, scoring = settings.fleet, settings.workspace.scoring
    is_down = rows["machine_id"].isin(list(down)).to_numpy()
    silent = is_silent(rows, reading_counts(fleet, scoring)) & ~is_down
    found = distances(rows, silent | is_down, fleet)
    far = np.where(silent | is_down, np.nan, found.overall)
    is_far = ~(silent | is_down) & (found.far.max(axis=1, initial=0.0) >= FAR)
    levels = np.select([is_down, silent, is_far], [DOWN, SILENT, ELEVATED], NORMAL).astype(object)
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
    out["reasons"], out["reason_records"] = _told(rows, found, far, is_far, settings)
    out["model_name"], out["model_version"] = VERSION.name, VERSION.version
    compared = [name for name in _hashed_columns(fleet, settings) if name in rows]
    out["features_hash"] = np.array(features_digest(rows, compared), dtype=object)
    out["scored_at"] = scored_at
    out["distance_from_normal"] = far
    out[[*(further_column(hours) for hours in fleet.further_horizons), *REMAINING]] = np.nan
    return out[[column.name for column in prediction_columns(fleet.components, fleet.further_horizons)]]


def _hashed_columns(fleet: Fleet, settings: Settings) -> list[str]:
    return [*compared_columns(fleet), *reading_counts(fleet, settings.workspace.scoring)]


def why_no_model(failures: int, fleet: Fleet) -> str:
    """What stands at the top of a morning by distance; `failures` are on record."""
    known = f"{counted(failures, 'failure')} {'is' if failures < 2 else 'are'} on record"
    return (
        "No model scores yet, so this is distance from normal and not a probability: how far each machine stands from "
        f"its own baseline and from the other machines. Until now {known}, and a model learns from {MIN_FAILURES} at "
        f"least. {still_needed(failures)}{_what_to_land(failures, fleet)}"
    )


def _what_to_land(failures: int, fleet: Fleet) -> str:
    trains = "the retraining sensor trains the first model by itself, and `make retrain` does."
    if failures >= MIN_FAILURES:
        return f" Then {trains}"
    entries = fleet.mapping.failures if fleet.mapping else ()
    files = ", ".join(dict.fromkeys(pattern for entry in entries for pattern in entry.files)) or "PdM_failures.csv"
    what = "If the workshop knows of more, land them" if failures else "Land what the workshop knows"
    return f" {what} ({files}): once they are there {trains}"


def _told(
    rows: pd.DataFrame, found: Distances, far: Floats, is_far: NDArray[np.bool_], settings: Settings
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """The reasons of every machine that is far and of the farthest others, as text and as JSON; None for the rest."""
    scoring = settings.workspace.scoring
    order = np.lexsort((rows["machine_id"].to_numpy().astype(str), -np.nan_to_num(far, nan=-1.0)))
    told = {*np.flatnonzero(is_far), *(at for at in order[: scoring.reasons_top_n] if not np.isnan(far[at]))}
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
        return f"{error_words(name, row, hours, fleet)}, {away}"
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
