"""`dbt build` tests the rows that it has made, and `dbt test` all: a night costs the same however long the history."""

from datetime import timedelta

import pytest

from tests.dbt.dbt_kit import Nightshift
from tests.dbt.test_missing_feeds import FIRST, GIVEN, telemetry
from warehouse.connection import connect

BY_CLOCK = ("telemetry_buckets_on_their_edges", "bucket_end_us = bucket_end_us + 1", "telemetry_buckets", "bucket_end")
ON_THE_SPINE = ("error_features_for_every_spine_row", "machine_id = 'gone'", "error_features", "as_of")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    """A build of nine days, and one of the tenth upon it."""
    made = Nightshift(tmp_path_factory.mktemp("tested"), GIVEN)
    rows = telemetry()["PdM_telemetry.csv"]
    last = FIRST + timedelta(days=9)
    made.land({"PdM_telemetry.csv": [row for row in rows if row["datetime"] < last]})
    made.dbt("run", "--select", "+feature_mart")
    made.land({"PdM_telemetry_10.csv": [row for row in rows if row["datetime"] >= last]})
    made.dbt("run", "--select", "+feature_mart")
    return made


@pytest.mark.parametrize("spoilt", [BY_CLOCK, ON_THE_SPINE])
def test_a_build_looks_at_what_it_has_made_and_a_test_at_all(night: Nightshift, spoilt: tuple[str, ...]) -> None:
    test, change, table, clock = spoilt
    night.dbt("test", "--select", test)
    change = f"update {table} set {change} where {clock}"
    execute(night, f"create table kept as from {table}; {change} < '{FIRST + timedelta(days=2)}'")
    night.dbt("build", "--select", test)
    with pytest.raises(AssertionError, match=test):
        night.dbt("test", "--select", test)
    execute(night, f"{change} > '{FIRST + timedelta(days=9)}'")
    with pytest.raises(AssertionError, match=test):
        night.dbt("build", "--select", test)
    execute(night, f"truncate {table}; insert into {table} from kept; drop table kept")


def execute(night: Nightshift, statements: str) -> None:
    with connect(night.home / "warehouse.duckdb") as con:
        con.execute(statements)
