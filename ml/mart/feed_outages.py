"""A feed gone dark: what the mart's rows would look like, and how a model is made to live through it."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from ml.mart.feature_names import (
    ERRORS,
    NOT_RUNNING,
    READING_COUNTS,
    error_clock,
    features_of,
    maintained,
    replacement_clock,
)
from settings import Fleet, TrainingSettings


def without_errors(rows: pd.DataFrame, fleet: Fleet) -> pd.DataFrame:
    """No error was ever reported: counts are 0, the last of each is unknown."""
    features = features_of(rows.columns, (ERRORS, *fleet.error_codes), fleet)
    counts = [name for name, said in features.items() if said.stat == "count"]
    ages = {error_clock(code) for code in fleet.error_codes}
    return rows.assign(**dict.fromkeys(counts, 0), **_unknown(rows, ages))


def without_telemetry(rows: pd.DataFrame, fleet: Fleet) -> pd.DataFrame:
    """No reading ever came: every level is unknown, every count of readings 0."""
    features = features_of(rows.columns, (NOT_RUNNING, *fleet.sensors), fleet)
    counts = [name for name, said in features.items() if said.stat in READING_COUNTS]
    return rows.assign(**dict.fromkeys(counts, 0), **_unknown(rows, features.keys() - set(counts)))


def without_maintenance(rows: pd.DataFrame, fleet: Fleet) -> pd.DataFrame:
    """No replacement was ever recorded, and nobody knows since when a component wears."""
    ages = {replacement_clock(component) for component in fleet.components}
    return rows.assign(**_unknown(rows, ages.union(maintained(fleet))))


OUTAGES: dict[str, Callable[[pd.DataFrame, Fleet], pd.DataFrame]] = {
    "errors": without_errors,
    "telemetry": without_telemetry,
    "maintenance": without_maintenance,
}


def with_outages(rows: pd.DataFrame, fleet: Fleet, training: TrainingSettings) -> pd.DataFrame:
    """The rows, and copies of `outage_share` of them for each feed in which that feed has gone dark.

    A model that has never seen a feed missing leans on it wholly, and is blind the night it fails.
    """
    random = np.random.default_rng(training.seed)
    copies = [dark(rows[random.random(len(rows)) < training.outage_share], fleet) for dark in OUTAGES.values()]
    return pd.concat([rows, *copies], ignore_index=True)


def _unknown(rows: pd.DataFrame, names: Iterable[str]) -> dict[str, pd.Series]:
    """Those of `names` that are columns of `rows`, empty and of their own type, so that copies can be joined."""
    nowhere = np.zeros(len(rows), dtype=bool)
    return {name: rows[name].where(nowhere) for name in sorted(set(names) & set(rows.columns))}
