"""The rows that a night's drift is judged on: the champion's training nights, and the nights of late.

Beside the model's features they hold its prediction and each sensor's lost readings. A clock (hours since an error,
since a replacement) is read up to `baseline_hours` and no further: every row has that much history behind it. Beyond,
a clock tells how long the records are, and would move every night on a fleet that stands still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pandas as pd

from ml.mart.columns import ANY
from ml.mart.feature_names import error_clock, replacement_clock
from ml.mart.load import load_mart
from ml.models.model import Model
from ml.monitoring.drift import CLOCK
from ml.monitoring.lost_readings import READINGS, readings_column, readings_lost
from settings import Drift, Fleet

PREDICTION = "failure_probability"


@dataclass(frozen=True)
class DriftRows:
    """`trained`: the champion's training nights. `recent`: the nights that the judged ones look back on."""

    trained: pd.DataFrame
    recent: pd.DataFrame

    def windows(self, as_of: datetime, nights: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Reference and current window of the night `as_of`; no row stands in both, and none is later than `as_of`."""
        start = as_of - timedelta(days=nights)
        current = self.recent[(self.recent["as_of"] > start) & (self.recent["as_of"] <= as_of)]
        return self.trained[self.trained["as_of"] <= start], current


def load_drift_rows(
    con: duckdb.DuckDBPyConnection, model: Model, nights: Sequence[datetime], fleet: Fleet, limits: Drift
) -> DriftRows:
    """Read what judging `nights` against `model` takes."""
    hour = fleet.scoring_hour
    # A machine's first days lack a full baseline; they are history's beginning, not the fleet's normal state.
    warm = datetime.fromisoformat(model.card.trained_from) + timedelta(hours=fleet.baseline_hours)
    trained = load_mart(con, warm, datetime.fromisoformat(model.card.trained_until), hour=hour)
    first = min(nights) - timedelta(days=limits.current_nights)
    recent = load_mart(con, first, max(nights), hour=hour)
    return DriftRows(with_judged_columns(trained, model, fleet), with_judged_columns(recent, model, fleet))


def with_judged_columns(rows: pd.DataFrame, model: Model, fleet: Fleet) -> pd.DataFrame:
    """Mart rows with the model's prediction and the lost readings added, and clocks cut short."""
    prediction = model.probabilities(rows)[ANY] if len(rows) else pd.Series(dtype="float64")
    lost = readings_lost(rows, fleet)
    hours = float(fleet.baseline_hours)
    # An event that is not on record lies at least as far back as the clock is read.
    clocks = {name: rows[name].astype("float64").fillna(hours).clip(upper=hours)
              for name in clock_columns(fleet) if name in rows}  # fmt: skip
    return rows.assign(**clocks, **{PREDICTION: prediction}, **lost)


def clock_columns(fleet: Fleet) -> list[str]:
    """The mart's columns that count the hours since an event."""
    return [*map(error_clock, fleet.error_codes), *map(replacement_clock, fleet.components)]


def judged_columns(model: Model, fleet: Fleet) -> dict[str, str]:
    """Every judged column and its kind: what the model reads, what it says, and what the sensors still send."""
    readings = {readings_column(sensor): READINGS for sensor in fleet.sensors}
    clocks = set(clock_columns(fleet))
    features = {name: CLOCK if name in clocks else "feature" for name in model.card.features}
    return features | {PREDICTION: "prediction"} | readings
