"""A table or view that a run makes anew is the one before until the new one is whole, whatever stood under its name."""

import pytest

from tests.dbt.dbt_kit import Nightshift
from tests.dbt.test_missing_feeds import GIVEN, telemetry
from warehouse.connection import connect

TABLE, VIEW = "stg_machines", "file_arrivals"
KINDS = f"select table_name, table_type from information_schema.tables where table_name in ('{TABLE}', '{VIEW}')"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    night = Nightshift(tmp_path_factory.mktemp("night"), GIVEN)
    night.land(telemetry())
    sql(night, "insert into raw.machines (machineID, model, age) values ('b', 'x', 1)")
    make(night)
    return night


def make(night: Nightshift) -> None:
    night.dbt("run", "--select", TABLE, VIEW)


def sql(night: Nightshift, *statements: str) -> None:
    with connect(night.home / "warehouse.duckdb") as con:
        for statement in statements:
            con.execute(statement)


def test_one_that_fails_on_the_way_leaves_what_was_there(night: Nightshift) -> None:
    before = night.rows(f"from {TABLE}")
    assert len(before) == 1
    sql(
        night,
        "alter table raw.machines rename to landed_machines",
        "create view raw.machines as "
        "select * replace (if(age = 1, error('unreadable'), age) as age) from raw.landed_machines",
    )
    with pytest.raises(AssertionError, match=f"{TABLE}.*unreadable"):
        make(night)
    assert night.rows(f"from {TABLE}") == before
    sql(night, "drop view raw.machines", "alter table raw.landed_machines rename to machines")


def test_one_of_the_other_kind_is_replaced(night: Nightshift) -> None:
    tables = {name: night.rows(f"from {name}") for name in (TABLE, VIEW)}
    sql(
        night,
        f"alter table {TABLE} rename to former",
        f"create view {TABLE} as from former",
        f"alter view {VIEW} rename to former_view",
        f"create table {VIEW} as select 1 as file_id",
    )
    make(night)
    sql(night, "drop table former", "drop view former_view")
    assert {name: night.rows(f"from {name}") for name in tables} == tables
    kinds = {row["table_name"]: row["table_type"] for row in night.rows(KINDS)}
    assert kinds == {TABLE: "BASE TABLE", VIEW: "VIEW"}


def test_nothing_is_left_beside_them(night: Nightshift) -> None:
    make(night)
    names = [row["table_name"] for row in night.rows("select table_name from information_schema.tables")]
    assert TABLE in names
    assert not [name for name in names if "__dbt" in name]
