"""Nights for the prediction log, and what either engine's log says of them."""

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pandas as pd

from ml.models.windows import REMAINING
from ml.scoring.prediction_log import write_predictions as write_on_duckdb
from ml.spark.prediction_log import TABLE

NIGHT = datetime(2025, 3, 1, 6)
KEY = "machine_id, as_of, model_version, features_hash"
TOLD = f"{KEY}, failure_probability, comp1_probability, predicted_component, alert, reasons, scored_at"
# What every reader of the log does.
LAST = f"qualify row_number() over (partition by {KEY} order by scored_at desc) = 1"


def night(
    chance: float, features: str = "f1", version: str = "1", at: int = 0, as_of: datetime = NIGHT, machines: int = 3
) -> pd.DataFrame:
    """A night's predictions, made `at` minutes past; the second machine is silent."""
    names = [f"m{n}" for n in range(machines - 1)] + ["a'; drop table x; --"]
    rows = pd.DataFrame({"machine_id": names, "as_of": pd.Timestamp(as_of).as_unit("us")})
    rows["horizon_hours"] = pd.Series(24, index=rows.index, dtype="int32")
    for name in ("failure", "comp1", "comp2", "comp3", "comp4"):
        rows[f"{name}_probability"] = [chance, float("nan"), *[chance] * (machines - 2)]
    rows["predicted_component"] = ["comp1", None, *["comp2"] * (machines - 2)]
    rows["alert"] = [True, *[False] * (machines - 1)]
    rows["risk_level"] = ["high", "silent", *["normal"] * (machines - 2)]
    rows["recommended_action"] = 'Look "there"; it\'s 5 %'
    rows["reasons"] = rows["reason_records"] = pd.Series([None] * machines, dtype=object)
    rows["model_name"], rows["model_version"] = "nightshift", version
    rows["features_hash"] = [features, *[f"same{n}" for n in range(machines - 1)]]
    rows["scored_at"] = pd.Timestamp(as_of + timedelta(hours=1, minutes=at)).as_unit("us")
    rows["distance_from_normal"] = float("nan")
    rows["failure_probability_48h"] = [chance, float("nan"), *[chance] * (machines - 2)]
    rows[list(REMAINING)] = float("nan")
    return rows


def answers(session: Any) -> list[tuple[Any, ...]]:
    found = session.sql(f"select {TOLD} from {TABLE} {LAST} order by {KEY}").collect()
    return [tuple(row) for row in found]


def by_duckdb(*written: pd.DataFrame) -> list[tuple[Any, ...]]:
    """What DuckDB's log holds after the same calls."""
    with duckdb.connect() as con:
        con.execute("create schema ml")
        con.register("first", written[0])
        con.execute(f"create table {TABLE} as from first limit 0")
        con.execute(f"alter table {TABLE} alter predicted_component type varchar")
        for name in ("reasons", "reason_records"):
            con.execute(f"alter table {TABLE} alter {name} type varchar")
        for predictions in written:
            write_on_duckdb(con, predictions)
        return con.execute(f"select {TOLD} from {TABLE} order by {KEY}").fetchall()
