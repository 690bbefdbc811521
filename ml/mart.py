"""Reading the feature mart into frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from settings import Fleet

ANY = "any"


@dataclass(frozen=True)
class MartColumns:
    """What the mart's columns are for. `targets` are `any` and the components; `label(target)` is a target's column."""

    features: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def categorical(self) -> tuple[str, ...]:
        return tuple(name for name in self.features if name == "model")

    @property
    def labels(self) -> list[str]:
        return [label(target) for target in self.targets]


def label(target: str) -> str:
    """The mart's label column of a target: `fails_any`, `fails_comp1`."""
    return f"fails_{target}"


def mart_columns(con: duckdb.DuckDBPyConnection, fleet: Fleet) -> MartColumns:
    """Features are whatever the mart holds beyond its keys and labels: dbt alone decides what they are."""
    targets = (ANY, *fleet.components)
    known = {"machine_id", "as_of", "label_status", *(label(target) for target in targets)}
    names = [row[0] for row in con.execute("select column_name from (describe feature_mart)").fetchall()]
    return MartColumns(tuple(name for name in names if name not in known), targets)


def load_mart(
    con: duckdb.DuckDBPyConnection,
    start: datetime,
    end: datetime,
    *,
    mature_only: bool = False,
    hour: int | None = None,
) -> pd.DataFrame:
    """Mart rows with `start < as_of <= end`, ordered by as_of and machine.

    `mature_only` keeps rows whose label is known; `hour` keeps one hour of the day.
    """
    conditions = ["as_of > ?", "as_of <= ?"]
    if mature_only:
        conditions.append("label_status = 'mature'")
    if hour is not None:
        conditions.append(f"extract(hour from as_of) = {hour:d} and extract(minute from as_of) = 0")
    sql = f"select * from feature_mart where {' and '.join(conditions)} order by as_of, machine_id"
    return con.execute(sql, [start, end]).df()


def model_inputs(frame: pd.DataFrame, features: Sequence[str], categorical: Sequence[str]) -> pd.DataFrame:
    """The feature columns as the model takes them: numbers as float64, NULL as NaN, categories as text."""
    inputs = frame.loc[:, list(features)].copy()
    for name in inputs.columns:
        if name in categorical:
            inputs[name] = inputs[name].astype("object").where(inputs[name].notna(), "unknown").astype(str)
        else:
            inputs[name] = inputs[name].astype("float64")
    return inputs
