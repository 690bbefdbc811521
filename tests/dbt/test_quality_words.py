"""How findings are told: examples, numbers and cures."""

from typing import Any

import duckdb
import pytest

from tests.dbt.clean_fleet import BASELINES, SENSORS, WINDOWS
from tests.dbt.compiled import create_views
from tests.dbt.odd_fleets import DAYS, NOT_RUNNING, UNWATCHED, count_days, found, spoil


def row(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    [one] = con.execute("select * from data_quality").df().to_dict("records")
    return {str(name): value for name, value in one.items()}


def test_rows_of_machines_that_did_not_run_are_told(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("alter table stg_telemetry add column is_running boolean default true")
    running = {"telemetry": [{"running": "volt > 0"}]}
    count_days(con, mapping=running)
    create_views(con, "excess_findings", "data_quality", mapping=running)
    assert found(con) == set()
    con.execute("update stg_telemetry set is_running = false where machine_id = '2' and event_at < '2025-01-06'")
    told = row(con)
    assert (told["kind"], told["severity"], told["occurrences"], told["share"]) == (NOT_RUNNING, "note", 120, 0.125)
    assert told["example"] == "of 1 machine"


def test_hours_that_no_night_looks_at_are_told(con: duckdb.DuckDBPyConnection) -> None:
    create_views(con, "failure_findings", "data_quality", horizons_hours=[8, 24], scoring_hour=22)
    told = row(con)
    assert (told["kind"], told["severity"], told["occurrences"]) == (UNWATCHED, "warning", 16)
    assert told["example"] == "the night of 22:00 looks ahead to 06:00"


def test_ids_are_named_with_what_telemetry_has(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update stg_failures set machine_id = 'M 002' where component = 'comp1'")
    con.execute("insert into stg_failures values ('Z9', timestamp '2025-01-15', 'comp1')")
    told = row(con)
    assert (told["occurrences"], round(told["share"], 2)) == (3, 0.33)
    assert told["example"] == '"M 002" (2), telemetry has "2", "Z9" (1)'
    assert told["cure"] == "spell these ids as telemetry does, and land the file again"


def test_codes_are_named_with_what_the_vars_have(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update stg_failures set component = 'Comp-1' where component = 'comp1'")
    told = con.execute("select example, cure from data_quality where kind = 'unknown code'").fetchall()
    cure = "write these codes in the files as vars.components has them, or there as the files do"
    assert told == [('"Comp-1" (2), the vars have "comp1"', cure)]
    con.execute("update stg_failures set component = 'gear' where component = 'Comp-1'")
    told = con.execute("select example, cure from data_quality where kind = 'unknown code'").fetchall()
    assert told == [('"gear" (2)', "add the code to vars.components, or write it in the files as it stands there")]
    con.execute("update stg_failures set component = 'comp1, COMP2' where component = 'gear'")
    [(example, cure)] = con.execute("select example, cure from data_quality where kind = 'unknown code'").fetchall()
    assert example == '"comp1, COMP2" (2), several in one cell'
    assert cure.startswith("write a row for each of several in one cell, or in vars.mapping an entry for each")


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        ("update stg_failures set machine_id = 'X' where event_at = (select min(event_at) from stg_failures)",
         "row is of a machine without telemetry, so it labels and teaches nothing"),
        ("delete from stg_errors where error_code = 'error2'", "code of the vars has never been seen"),
        ("insert into step_findings values ('windows_hours', 'b', 'none is needed'), ('windows_hours', 'c', 'do it')",
         "var does not fit the step at which readings come"),
        ("insert into raw.findings values (2, 'telemetry', 't', 'unreadable', '', 1, '', '', 'note', 'cells', 'cell')",
         "cell"),
        ("insert into raw.findings select unnest([2, 3]), 'telemetry', 't', 'unreadable', 'volt', 1, '', '', 'note', "
         "'cells', 'cell'", "cells"),
    ],
)  # fmt: skip
def test_one_is_told_as_one(con: duckdb.DuckDBPyConnection, spoil: str, what: str) -> None:
    con.execute(spoil)
    assert row(con)["what"] == what


def test_of_two_findings_about_one_var_example_and_cure_belong_together(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into step_findings values ('windows_hours', 'a', 'none is needed'), ('windows_hours', 'b', 'leave it')"
    )
    assert (row(con)["example"], row(con)["cure"]) == ("b", "leave it")


def test_machines_are_told_with_what_the_register_says(con: duckdb.DuckDBPyConnection) -> None:
    for case, text in {
        "one machine in two spellings": '"002" and "2"',
        "a register of another spelling": '"1", the machines file has "Machine 01", "2", the machines file has',
        "a machine that sends after its end": '"2" (6; in service until 2025-01-15 00:00:00)',
        "failures from before the telemetry": '"2" 2024-04-09 00:00:00',
        "an end before its beginning": '"2" failed 2025-01-01 00:00:00 and ended 2024-12-31 23:00:00',
    }.items():
        con.execute("begin")
        spoil(con, case)
        assert row(con)["example"].startswith(text)
        con.execute("rollback")


def test_an_id_that_may_mean_two_machines_is_not_guessed(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"insert into {DAYS} values ('A2', timestamp '2025-01-02', 1735800000000000)")
    con.execute("insert into stg_machines values ('A2', null, null)")
    con.execute("update stg_failures set machine_id = '002'")
    assert row(con)["example"] == '"002" (8)'


def test_readings_and_failures_are_told_with_numbers(con: duckdb.DuckDBPyConnection) -> None:
    for case, text in {
        "two plants under one id": '1 of 2 machines, "1" has up to 48 in 24 h where 24 are due',
        "an impossible value": "-9999",
        "failures that end": "the last failure is of 2025-01-15 00:00:00, and until then there was one every 48 h",
    }.items():
        con.execute("begin")
        spoil(con, case)
        assert row(con)["example"] == text
        con.execute("rollback")


def test_a_baseline_names_the_var_and_the_number_that_fits(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"update feature_mart set {BASELINES}")
    told = row(con)
    assert (told["occurrences"], told["cure"].partition(":")[0]) == (
        len(SENSORS) * (len(WINDOWS) + 2), "min_baseline_readings = 48, and baseline_hours holds at most 12 readings",
    )  # fmt: skip
    con.execute("delete from feature_mart where as_of > timestamp '2025-01-05'")
    assert row(con)["cure"].endswith("it fills as history grows")
