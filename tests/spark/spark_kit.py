"""A workspace on Spark beside one on DuckDB: the same drops landed and built by both, tables compared row by row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion import LandingSummary
from ingestion.engine import land_drops
from settings import Settings, load_settings
from tests.dbt.compare import assert_same
from tests.dbt.dbt_kit import Drops, Nightshift, Row, Table
from warehouse.connection import connect
from warehouse.spark.lake import HELPERS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TOLERANCE = 1e-9
SCHEMAS = ("main", "raw", "ml", "state")
GRAINS: Mapping[str, Sequence[str]] = {
    "stg_telemetry": ("machine_id", "event_at", "available_at"),
    "stg_errors": ("machine_id", "event_at", "error_code"),
    "stg_failures": ("machine_id", "event_at", "component"),
    "stg_replacements": ("machine_id", "event_at", "component"),
    "stg_machines": ("machine_id",),
    "fleet_clock": (),
    "machine_days": ("machine_id", "day_at"),
    "machine_lives": ("machine_id", "from_us"),
    "feed_reach": ("feed",),
    "outages": ("machine_id", "component", "failed_at"),
    "late_labels": ("machine_id", "as_of"),
    "telemetry_step": (),
    "step_findings": ("subject", "example"),
    "late_arrivals": ("file_id",),
    "reading_counts": ("file_id", "sensor"),
    "waiting_arrivals": ("file_id",),
    "spine": ("machine_id", "as_of"),
    "telemetry_buckets": ("machine_id", "bucket_end"),
    "late_readings": ("machine_id", "as_of", "buckets_ago"),
    "sensor_features": ("machine_id", "as_of"),
    "error_features": ("machine_id", "as_of"),
    "component_features": ("machine_id", "as_of"),
    "component_endings": ("machine_id", "component", "ended_at", "ending"),
    "failure_labels": ("machine_id", "as_of"),
    "hours_to_failure": ("machine_id", "as_of", "component"),
    "horizon_labels": ("machine_id", "as_of"),
    "remaining_time": ("machine_id", "as_of"),
    "feature_mart": ("machine_id", "as_of"),
    "lost_readings": ("machine_id", "as_of"),
    "restated_snapshots": ("last_file_id", "machine_id", "as_of"),
    **dict.fromkeys(
        (
            "feed_findings",
            "reading_findings",
            "excess_findings",
            "event_findings",
            "failure_findings",
            "machine_findings",
            "feature_findings",
            "data_quality",
        ),
        ("feed", "kind", "subject"),
    ),
}
OUTCOMES: Mapping[str, Sequence[str]] = {
    "stg_feedback": ("machine_id", "component", "given_at"),
    "predictions": ("machine_id", "as_of", "model_version"),
    "nightly_answers": ("machine_id", "as_of"),
    "alert_episodes": ("machine_id", "component", "opened_at"),
    "known_cases": ("machine_id", "component", "opened_at"),
    "case_history": ("machine_id", "component", "opened_at", "stood_from"),
    "matured_answers": ("machine_id", "as_of", "model_version"),
    "matured_windows": ("machine_id", "as_of", "model_version"),
    "known_failures": ("machine_id", "component", "failed_at"),
    "failure_outcomes": ("machine_id", "component", "failed_at"),
    "model_performance": ("week", "model_name", "model_version"),
    "fleet_risk_today": ("machine_id",),
    "unmatched_feedback": ("machine_id", "component", "given_at"),
}
WRITTEN: Mapping[str, Sequence[str]] = {  # by a night itself
    "ml.prediction_log": ("machine_id", "as_of", "model_version", "features_hash"),
    "ml.nights": ("as_of",),
}


class SparkNightshift(Nightshift):
    """The same workspace with its tables on Spark, in the session that the test process has open."""

    target = "spark"

    def __init__(self, session: "SparkSession", folder: Path, fleet_vars: Mapping[str, Any] | None = None) -> None:
        super().__init__(folder, fleet_vars)
        self.session = session
        for schema in SCHEMAS:
            session.sql(f"drop schema if exists {schema} cascade")

    def land(self, drops: Drops | None = None) -> LandingSummary:
        self.drop(drops or {})
        return land_drops(self.settings)

    @property
    def settings(self) -> Settings:
        env = {"NIGHTSHIFT_HOME": str(self.home), "NIGHTSHIFT_DROPS": str(self.drops), "NIGHTSHIFT_TARGET": self.target}
        return load_settings(env=env).model_copy(update={"fleet": self.fleet})

    def rows(self, query: str) -> list[Row]:
        """Raises AssertionError where a query names a helper column by itself."""
        found = self.session.sql(query)
        names = [name for name in found.columns if name not in HELPERS]
        return [dict(zip(names, row, strict=True)) for row in found.select(*names).collect()]


def build(night: Nightshift, **more_vars: Any) -> None:
    """All models but the outcomes, without their tests."""
    night.dbt("run", "--exclude", "path:dbt_project/models/outcomes", **more_vars)


def keyed(night: Nightshift, name: str, grain: Sequence[str]) -> Table:
    """A table by its grain. Raises AssertionError where that is not unique."""
    schema = "main." if isinstance(night, SparkNightshift) else ""
    rows = night.rows(f"select * from {schema}{name}")
    found = {tuple(row[column] for column in grain): row for row in rows}
    assert len(found) == len(rows), f"{name} holds a key twice"
    return found


def assert_engines_agree(
    spark: SparkNightshift, duck: Nightshift, grains: Mapping[str, Sequence[str]] = GRAINS
) -> dict[str, int]:
    """Every table of `grains`, row for row and cell for cell; returns how many rows each has."""
    counts = {}
    for name, grain in grains.items():
        expected = keyed(duck, name, grain)
        assert_same(keyed(spark, name, grain), expected, TOLERANCE)
        counts[name] = len(expected)
    return counts


UNLIKE = {"scored_at", "landed_at"}  # when it was processed


def assert_homes_agree(spark: Path, duck: Path, grains: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The same tables, as Python reads them, of two workspaces; returns how many rows each has."""
    counts = {}
    for name, grain in grains.items():
        found, expected = (_table(home / "warehouse.duckdb", name, grain) for home in (spark, duck))
        assert_same(found, expected, TOLERANCE)
        counts[name] = len(expected)
    return counts


def _table(warehouse: Path, name: str, grain: Sequence[str]) -> Table:
    with connect(warehouse, read_only=True) as con:
        cursor = con.execute(f"select * from {name}")
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found = {tuple(row[column] for column in grain): _without(row, UNLIKE) for row in rows}
    assert len(found) == len(rows), f"{name} holds a key twice"
    return found


def _without(row: Row, names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}
