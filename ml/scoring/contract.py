"""The columns of `predictions`, for every night's answers: their names, order and types.

Owned here, for here the rows are made, on DuckDB, on Spark and on workers that have no dbt project; the types of each
engine follow. dbt cannot read Python: its macro `prediction_columns` and the contract in `predictions.yml` repeat the
list, and tests/ml/scoring/test_contract.py holds them to it. What a column means is told in `predictions.yml`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from ml.mart.columns import ANY
from ml.models.windows import REMAINING

# dbt's words; DuckDB takes them as they are.
LogicalType = Literal["string", "timestamp", "integer", "double", "boolean"]
ARROW = {
    "string": pa.string(), "timestamp": pa.timestamp("us"), "integer": pa.int32(), "double": pa.float64(),
    "boolean": pa.bool_(),
}  # fmt: skip
SPARK = {
    "string": "string", "timestamp": "timestamp_ntz", "integer": "int", "double": "double", "boolean": "boolean",
}  # fmt: skip
RISK_LEVELS = NORMAL, ELEVATED, HIGH, SILENT, DOWN = "normal", "elevated", "high", "silent", "down"
_PROBABILITY = "_probability"
_FURTHER = re.compile(r"failure_probability_(\d+)h")


@dataclass(frozen=True)
class TypedColumn:
    """A column's name and its logical type."""

    name: str
    kind: LogicalType


_REMAINING = tuple(TypedColumn(name, "double") for name in REMAINING)


def prediction_columns(components: Sequence[str], further: Sequence[int]) -> tuple[TypedColumn, ...]:
    """Every column of `predictions` in a fleet of these components and further horizons (hours), in order."""
    return (
        TypedColumn("machine_id", "string"),
        TypedColumn("as_of", "timestamp"),
        TypedColumn("horizon_hours", "integer"),
        *_probabilities(components),
        TypedColumn("predicted_component", "string"),
        TypedColumn("alert", "boolean"),
        TypedColumn("risk_level", "string"),
        TypedColumn("recommended_action", "string"),
        TypedColumn("reasons", "string"),
        TypedColumn("reason_records", "string"),
        TypedColumn("model_name", "string"),
        TypedColumn("model_version", "string"),
        TypedColumn("features_hash", "string"),
        TypedColumn("scored_at", "timestamp"),
        TypedColumn("distance_from_normal", "double"),
        *_further(further),
        *_REMAINING,
    )


def answer_columns(components: Sequence[str], further: Sequence[int]) -> tuple[TypedColumn, ...]:
    """The columns of `ml.scoring.score.answer`: what is said of a row before the night is seen as a whole."""
    return (
        TypedColumn("machine_id", "string"),
        TypedColumn("as_of", "timestamp"),
        *_probabilities(components),
        *_further(further),
        *_REMAINING,
        TypedColumn("silent", "boolean"),
        TypedColumn("features_hash", "string"),
    )


def columns_in(names: Iterable[str]) -> tuple[TypedColumn, ...]:
    """The contract's columns of these names, in their order. Raises KeyError for a name that is none of them."""
    names = list(names)
    components = [name.removesuffix(_PROBABILITY) for name in names if name.endswith(_PROBABILITY)]
    further = [hours for hours in map(further_hours, names) if hours is not None]
    known = {column.name: column for column in prediction_columns(components, further)}
    return tuple(known[name] for name in names)


def probability_column(target: str) -> str:
    """The column of a target's probability: `failure_probability`, `comp1_probability`."""
    return f"{'failure' if target == ANY else target}{_PROBABILITY}"


def further_column(hours: int) -> str:
    """The column of the probability of any failure within a further horizon: `failure_probability_48h`."""
    return f"{probability_column(ANY)}_{hours}h"


def further_hours(column: str) -> int | None:
    """The horizon whose `further_column` this is, None for any other column."""
    found = _FURTHER.fullmatch(column)
    return int(found[1]) if found else None


def arrow_schema(columns: Iterable[TypedColumn]) -> pa.Schema:
    """The columns as an Arrow schema, in their order."""
    return pa.schema([(column.name, ARROW[column.kind]) for column in columns])


def spark_ddl(columns: Iterable[TypedColumn]) -> str:
    """The columns as Spark's SQL lists them."""
    return ", ".join(f"`{column.name}` {SPARK[column.kind]}" for column in columns)


def _probabilities(components: Sequence[str]) -> list[TypedColumn]:
    return [TypedColumn(probability_column(target), "double") for target in (ANY, *components)]


def _further(hours: Sequence[int]) -> list[TypedColumn]:
    return [TypedColumn(further_column(each), "double") for each in hours]
