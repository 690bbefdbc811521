"""`predictions` has the columns that Python owns, also where the log is older than some of them."""

from pathlib import Path

import pytest

from ml.scoring.contract import TypedColumn, prediction_columns
from tests.dbt.dbt_kit import Nightshift
from tests.dbt.outcome_fleets import outcome_fleet
from warehouse.connection import connect

OLDER = ("reason_records", "comp4_probability", "failure_probability_72h")  # columns that were added to a log


@pytest.fixture
def night(tmp_path: Path) -> Nightshift:
    """A few drops landed, and nothing built."""
    night = Nightshift(tmp_path / "night")
    night.land(outcome_fleet(1, 2, night.fleet)[0])
    return night


def found(night: Nightshift, table: str) -> list[tuple[str, str]]:
    rows = night.rows(f"select column_name, lower(column_type) as kind from (describe {table})")
    return [(row["column_name"], row["kind"].replace("varchar", "string")) for row in rows]


def in_sql(columns: list[TypedColumn]) -> str:
    return ", ".join(f"{column.name} {column.kind}" for column in columns)


def test_a_log_without_a_column_gets_it_and_keeps_its_rows(night: Nightshift) -> None:
    owned = prediction_columns(night.fleet.components, night.fleet.further_horizons)
    with connect(night.home / "warehouse.duckdb") as con:
        con.execute("create schema ml")
        older = in_sql([column for column in owned if column.name not in OLDER])
        con.execute(f"create table ml.prediction_log (gone_probability double, {older})")
        con.execute("insert into ml.prediction_log (machine_id, reasons) values ('m', '+ error1 18 h ago')")
    night.dbt("run", "--select", "predictions", "nightly_answers")
    for table in ("predictions", "nightly_answers"):
        assert found(night, table) == [(column.name, column.kind) for column in owned]
    [row] = night.rows("select reasons, reason_records from nightly_answers")
    assert row == {"reasons": "+ error1 18 h ago", "reason_records": None}


def test_a_new_log_has_the_columns_in_their_order(night: Nightshift) -> None:
    night.dbt("run", "--select", "predictions")
    owned = prediction_columns(night.fleet.components, night.fleet.further_horizons)
    assert found(night, "ml.prediction_log") == [(c.name, c.kind) for c in owned]
