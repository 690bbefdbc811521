"""Scoring: a night's mart rows and a model give the night's predictions, in the contract's columns."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.economics import cheapest_action
from ml.explain import reasons
from ml.mart import ANY
from ml.model import Model
from settings import Settings

ELEVATED_SHARE = 1 / 3
ACTIONS = {
    "replace": "Replace {component} within {hours} h",
    "inspect": "Inspect {component} within {hours} h",
}


@dataclass(frozen=True)
class ModelVersion:
    """A registered model: its name and version in the registry."""

    name: str
    version: str


def score(rows: pd.DataFrame, model: Model, version: ModelVersion, settings: Settings) -> pd.DataFrame:
    """Predictions for mart rows of one or more nights, one a row.

    A machine without a reading in the last `silent_after_hours` is `silent`: it gets no probability, no alert and the
    advice to look after its connection, for a silent machine is not a safe one.
    Columns and their meaning: `predictions` in dbt.
    """
    rows = rows.reset_index(drop=True)
    probabilities = model.probabilities(rows)
    silent = is_silent(rows, settings)
    out = pd.DataFrame({"machine_id": rows["machine_id"], "as_of": rows["as_of"]})
    out["horizon_hours"] = np.int32(model.card.horizon_hours)
    out["failure_probability"] = probabilities[ANY].mask(silent)
    for component in settings.fleet.components:
        out[f"{component}_probability"] = probabilities[component].mask(silent)
    out["predicted_component"] = _likeliest(probabilities, settings.fleet.components, silent)
    out["alert"] = (out["failure_probability"] >= model.card.threshold).fillna(False).astype(bool)
    out["risk_level"] = _risk_levels(out, silent, model.card.threshold)
    out["recommended_action"] = [_action(row, settings) for row in out.to_dict("records")]
    out["reasons"] = _reasons(rows, out, model, settings)
    out["model_name"], out["model_version"] = version.name, version.version
    out["features_hash"] = features_hash(rows, model)
    out["scored_at"] = datetime.now(UTC).replace(tzinfo=None)
    return out


def is_silent(rows: pd.DataFrame, settings: Settings) -> NDArray[np.bool_]:
    """Which rows have no reading of any sensor in the shortest window that reaches back `silent_after_hours`."""
    after = settings.workspace.scoring.silent_after_hours
    windows = settings.fleet.windows_hours
    window = min((hours for hours in windows if hours >= after), default=max(windows))
    counts = rows[[f"{sensor}_n_{window}h" for sensor in settings.fleet.sensors]]
    return (counts.fillna(0).sum(axis=1) == 0).to_numpy()


def features_hash(rows: pd.DataFrame, model: Model) -> list[str]:
    """Per row, 16 hex digits over the feature values that the model saw."""
    hashed = pd.util.hash_pandas_object(rows[list(model.card.features)], index=False)
    return [f"{value:016x}" for value in hashed]


def _likeliest(probabilities: pd.DataFrame, components: tuple[str, ...], silent: NDArray[np.bool_]) -> "pd.Series[str]":
    named = probabilities[list(components)].idxmax(axis=1).astype("object")
    return named.mask(silent, None)


def _risk_levels(out: pd.DataFrame, silent: NDArray[np.bool_], threshold: float) -> NDArray[np.object_]:
    elevated = (out["failure_probability"] >= threshold * ELEVATED_SHARE).to_numpy()
    return np.select([silent, out["alert"].to_numpy(), elevated], ["silent", "high", "elevated"], "normal").astype(
        object
    )


def _action(row: Mapping[Hashable, Any], settings: Settings) -> str:
    if row["risk_level"] == "silent":
        return "Check the connection: no readings"
    if not row["alert"]:
        return "Watch" if row["risk_level"] == "elevated" else "No action"
    cheapest = cheapest_action(float(row["failure_probability"]), settings.workspace.economics)
    # An alert below the break-even of waiting would advise nothing; somebody should still look.
    words = ACTIONS.get(cheapest, ACTIONS["inspect"])
    return words.format(component=row["predicted_component"], hours=row["horizon_hours"])


def _reasons(rows: pd.DataFrame, out: pd.DataFrame, model: Model, settings: Settings) -> "pd.Series[str]":
    scoring = settings.workspace.scoring
    rank = out.groupby("as_of")["failure_probability"].rank(method="first", ascending=False)
    told = out["alert"] | (rank <= scoring.reasons_top_n)
    column = pd.Series([None] * len(out), index=out.index, dtype="object")
    if told.any():
        column[told] = reasons(model, rows[told], settings.fleet, scoring.reasons_per_machine)
    return column
