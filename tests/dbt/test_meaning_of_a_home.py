"""A home keeps what its rows mean: a change is refused with the command until all history is made anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.dbt_kit import Nightshift, Row
from tests.dbt.fleets import make_fleet
from tests.dbt.golden import SHORT
from warehouse.connection import connect

RUN = ("run", "--select", "+feature_mart")
TABLES = ("stg_telemetry", "spine", "failure_labels", "feature_mart", "build_window")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Nightshift:
    """A home that was built under a longer horizon, as its notes say."""
    made = Nightshift(tmp_path_factory.mktemp("meaning") / "night", SHORT)
    made.land(make_fleet([[]], hours=60, seed=1))
    made.build()
    return made


def sql(night: Nightshift, statement: str) -> None:
    with connect(night.home / "warehouse.duckdb") as con:
        con.execute(statement)


def tables(night: Nightshift) -> list[Row]:
    return [night.rows(f"select count(*) as n, sum(hash(t)::hugeint) as bits from {name} as t")[0] for name in TABLES]


def note(night: Nightshift, horizon: int) -> None:
    """As if the last build had been one with this horizon."""
    noted = f"""regexp_replace(meaning, '"horizon_hours": [0-9]+', '"horizon_hours": {horizon}')"""
    sql(night, f"update state.finished_builds set meaning = {noted}")


def refusal(night: Nightshift, *command: str, **more_vars: Any) -> str:
    before = tables(night), night.rows("select * from state.begun_builds")
    with pytest.raises(AssertionError) as told:
        night.dbt(*command, **more_vars)
    assert (tables(night), night.rows("select * from state.begun_builds")) == before
    return str(told.value)


@pytest.mark.parametrize("command", [RUN, ("run", "--select", "stg_errors"), ("build", "--select", "predictions"),
                                     ("run", "--select", "feature_mart", "--full-refresh")], ids=" ".join)  # fmt: skip
def test_a_change_is_refused_with_the_var_and_the_command(night: Nightshift, command: tuple[str, ...]) -> None:
    note(night, horizon=36)
    told = refusal(night, *command)
    assert "no longer what the tables were built with: horizon_hours: 36 -> 24. Set it back, or build all" in told
    assert f"history anew: dbt build --full-refresh --vars '{json.dumps(night.vars)}', then make train." in told


def test_a_build_of_all_history_takes_the_change_in(night: Nightshift) -> None:
    note(night, horizon=36)
    night.dbt(*RUN, "--full-refresh")
    night.build()
    # Begun under another meaning and cut off: the last finished build's own vars do not make it good.
    sql(
        night,
        """insert into state.begun_builds by name
        select 0 as from_us, count(*) as finished_before, '{"rows": {"rules": 0}, "landing": {}}' as meaning
        from state.finished_builds""",
    )
    assert "rules: 0 -> 2" in refusal(night, *RUN)
    sql(night, 'delete from state.begun_builds where meaning like \'{"rows": {"rules": 0}%\'')


@pytest.mark.parametrize("flags", [["--empty"], ["--sample", "1 day"],
                                   ["--event-time-start", "2025-01-01", "--event-time-end", "2025-01-02"]])  # fmt: skip
def test_parts_of_tables_are_refused(night: Nightshift, flags: list[str]) -> None:
    note(night, horizon=24)
    assert f"{flags[0]} would leave tables with none or some of their rows" in refusal(night, *RUN, *flags)


def test_columns_of_a_later_version_are_refused_with_the_command(night: Nightshift) -> None:
    note(night, horizon=24)
    sql(night, "create or replace view feature_mart as select * rename (volt_mean_3h as earlier_mean) from mart_rows")
    told = refusal(night, *RUN)
    sql(night, "create or replace view feature_mart as select * from mart_rows")
    assert "An earlier version built the tables, without volt_mean_3h: build all history anew: dbt build" in told
    sql(night, "alter table telemetry_buckets rename column volt_sum to earlier_sum")
    with pytest.raises(AssertionError) as refused:
        night.dbt(*RUN)
    sql(night, "alter table telemetry_buckets rename column earlier_sum to volt_sum")
    told = "telemetry_buckets was built without volt_sum and with earlier_sum: build all history anew: dbt build"
    assert told in str(refused.value)


def test_a_home_of_an_earlier_version_is_taken_as_it_is_and_noted(night: Nightshift) -> None:
    for table, column in (("finished", "meaning"), ("finished", "build_number"), ("begun", "meaning")):
        sql(night, f"alter table state.{table}_builds drop column {column}")
    night.build()
    note(night, horizon=36)
    assert "horizon_hours: 36 -> 24" in refusal(night, *RUN)
    note(night, horizon=24)


def test_where_no_build_has_finished_another_meaning_starts_anew(tmp_path: Path) -> None:
    night = Nightshift(tmp_path / "night", SHORT)
    night.land(make_fleet([[]], hours=60, seed=1))
    night.dbt("run", "--select", "+machine_lives")
    sql(night, "update machine_lives set from_us = 0")
    sql(night, 'update state.begun_builds set meaning = \'{"rows": {"rules": 0}, "landing": {}}\'')
    night.build()
    assert night.rows("select 1 from machine_lives where from_us = 0") == []
    assert len(night.rows("select * from state.finished_builds")) == 1
