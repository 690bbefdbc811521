"""Predictions as nights gave them: filtered, sorted and in parts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ml.explain.reason_record import reasons_from_json
from ml.models.windows import LOW_END, REMAINING
from ml.scoring.contract import DOWN, ELEVATED, HIGH, NORMAL, SILENT, further_column, probability_column
from serving.published import Published, TableRow
from serving.schemas.base import known
from serving.schemas.records import Prediction, RemainingHours, ToldReason
from settings import Fleet

# How a list may be sorted: columns, and whether each falls. `machine_id` settles the rest.
SORTS: dict[str, tuple[tuple[str, bool], ...]] = {
    "risk": (("alert", True), ("failure_probability", True), ("distance_from_normal", True)),
    "machine": (("machine_id", False),),
    "level": (("risk_level", False), ("failure_probability", True)),
    "component": (("predicted_component", False), ("failure_probability", True)),
    "remaining": ((LOW_END, False), ("failure_probability", True)),
}
LEVELS = (HIGH, ELEVATED, SILENT, DOWN, NORMAL)  # by what matters


@dataclass(frozen=True)
class Chosen:
    """Which predictions: of a night, a machine, or both, and which of them; empty where it does not matter."""

    night: datetime | None = None
    machine: str | None = None
    since: datetime | None = None
    text: str = ""
    level: str = ""
    component: str = ""
    kind: str = ""
    alerts: bool = False

    def where(self) -> tuple[str, dict[str, object]]:
        """The condition, and the values that it names."""
        conditions, values = ["true"], dict[str, object]()
        for name, condition, value in (
            ("night", "as_of = $night", self.night),
            ("machine", "machine_id = $machine", self.machine),
            ("since", "as_of > $since", self.since),
            ("text", "contains(lower(machine_id), lower($text))", self.text),
            ("level", "risk_level = $level", self.level),
            ("component", "predicted_component = $component", self.component),
            ("kind", "machine_id in (select machine_id from machines where model = $kind)", self.kind),
        ):
            if value not in (None, ""):
                conditions.append(condition)
                values[name] = value
        if self.alerts:
            conditions.append("alert")
        return " and ".join(conditions), values


def count_predictions(published: Published, chosen: Chosen) -> int:
    """How many there are."""
    where, values = chosen.where()
    [row] = published.rows(f"select count(*) as found from nightly_answers where {where}", values)
    return int(row["found"])


def prediction_frame(
    published: Published, chosen: Chosen, sort: str, turned: bool, limit: int, offset: int
) -> pd.DataFrame:
    """The rows of `nightly_answers` with `machine_model` and `machine_age`, sorted by one of SORTS.

    `turned` gives the other end first.
    """
    where, values = chosen.where()
    return published.frame(
        f"""
        select answers.*, machines.model as machine_model, machines.age as machine_age
        from nightly_answers as answers left join machines using (machine_id)
        where {where} order by {_order(published, sort, turned)} limit $limit offset $offset
        """,
        {**values, "limit": limit, "offset": offset},
    )


def predictions(
    published: Published, chosen: Chosen, fleet: Fleet, limit: int, offset: int, latest_first: bool = False
) -> list[Prediction]:
    """The predictions themselves, by falling risk or, where `latest_first`, by falling night."""
    where, values = chosen.where()
    order = "as_of desc, machine_id" if latest_first else _order(published, "risk")
    rows = published.rows(
        f"select * from nightly_answers where {where} order by {order} limit $limit offset $offset",
        {**values, "limit": limit, "offset": offset},
    )
    return [prediction_of(row, fleet) for row in rows]


def prediction_of(row: TableRow, fleet: Fleet) -> Prediction:
    """A row of `predictions` as JSON has it."""
    ends = [known(row.get(name)) for name in REMAINING]
    return Prediction(
        machine_id=row["machine_id"],
        as_of=row["as_of"],
        horizon_hours=row["horizon_hours"],
        failure_probability=known(row["failure_probability"]),
        component_probabilities={name: known(row.get(probability_column(name))) for name in fleet.components},
        further_horizons={str(hours): known(row.get(further_column(hours))) for hours in fleet.further_horizons},
        remaining_hours=_remaining(ends),
        predicted_component=row["predicted_component"],
        alert=bool(row["alert"]),
        risk_level=row["risk_level"],
        recommended_action=row["recommended_action"],
        reasons=_reasons(row.get("reason_records")),
        distance_from_normal=known(row.get("distance_from_normal")),
        model_name=row["model_name"],
        model_version=row["model_version"],
        features_hash=row["features_hash"],
        scored_at=row["scored_at"],
    )


def _remaining(ends: list[Any]) -> RemainingHours | None:
    low, median, high = ends
    return None if low is None and high is None else RemainingHours(low=low, median=median, high=high)


def _reasons(records: str | None) -> list[ToldReason]:
    return [ToldReason.model_validate(vars(reason)) for reason in reasons_from_json(records)] if records else []


def _order(published: Published, sort: str, turned: bool = False) -> str:
    known = published.tables["predictions"]
    order = [f"{_value(column)} {'desc' if falls != turned else 'asc'} nulls last"
             for column, falls in SORTS[sort] if column in known]  # fmt: skip
    return ", ".join([*order, "machine_id"])


def _value(column: str) -> str:
    return f"list_position({[*LEVELS]}, {column})" if column == "risk_level" else column
