"""What is odd about the data: for each kind a tiny fleet that shows it, beside a clean one that shows nothing."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.findings import TELLING_SHARE, WHAT, FindingKind
from ingestion.spelling import bare, meant_by
from ml.mart.feature_names import feature_name
from settings import ROOT
from tests.dbt.compiled import create_views
from tests.dbt.dbt_kit import fleet
from tests.dbt.macros import MACROS, macro

START = datetime(2025, 1, 1)
MODELS = (
    "feed_findings", "reading_counts", "reading_findings", "excess_findings", "event_findings", "failure_findings",
    "machine_findings", "feature_findings", "data_quality",
)  # fmt: skip
FLEET = fleet()
SENSORS, WINDOWS = tuple(FLEET.sensors), FLEET.windows_hours
MART = (
    [feature_name(sensor, stat) for sensor in SENSORS for stat in ("baseline_n", "baseline_mean", "baseline_sd")]
    + [feature_name(sensor, stat, hours) for sensor in SENSORS for stat in ("n", "mean", "sd", "shift")
       for hours in WINDOWS]
    + ["age"]
)  # fmt: skip
LONGEST = feature_name("volt", "mean", max(WINDOWS))
DAYS = "machine_days (machine_id, day_at, last_reading_us)"
Found = set[tuple[str, str, str, str]]  # feed, kind, severity, subject

# Two machines, hourly for twenty days, with everything that the vars name, all of it sound.
CLEAN = f"""
create schema raw;
create table raw.landed_files as select * from (values
    (1, 'machines', 'm.csv', 2, 0, 0, timestamp '2025-02-01'),
    (2, 'telemetry', 't.csv', 960, 0, 0, timestamp '2025-02-01'),
    (3, 'errors', 'e.csv', 300, 0, 0, timestamp '2025-02-01'), (4, 'failures', 'f.csv', 8, 0, 0, timestamp '2025-02-01')
) as t (_file_id, feed, file, rows, rejected, duplicates, landed_at);
create table raw.refused_files (feed varchar, file varchar, reason varchar);
create table raw.findings (_file_id integer, feed varchar, file varchar, kind varchar, column_name varchar,
    occurrences bigint, example varchar, cure varchar, severity varchar, what varchar, what_one varchar);
create table raw.telemetry as
    select machine as machineID, timestamp '{START}' + n * interval 1 hour as datetime, 2 as _file_id,
        {", ".join(f"{(known.min + known.max) / 2 + 1}::double as {name}" for name, known in FLEET.sensors.items())}
    from range(480) as hours (n), (values ('1'), ('2')) as machines (machine);
create table stg_telemetry as select machineID as machine_id, datetime as event_at, datetime as available_at,
    null::timestamp as superseded_at,
    {", ".join(SENSORS)} from raw.telemetry;
create table machine_days as select machine_id, date_trunc('day', event_at) as day_at, epoch_us(max(event_at))
    as last_reading_us, count(*) as readings, count(*) as moments, 0::bigint as moments_off
    from stg_telemetry group by all;
create table stg_machines as select distinct machine_id, null::timestamp as in_service_from,
    null::timestamp as in_service_until from machine_days;
create table machine_lives as select machine_id, min(epoch_us(day_at)) as from_us, null::bigint as until_us,
    null::varchar as ended_by, make_timestamp(max(last_reading_us)) as last_reading_at from machine_days group by all;
create table feed_reach as select 'failures' as feed, timestamp '2025-01-15' as last_event_at, 48.0 as usual_gap_hours,
    'clock' as known_by;
create table step_findings (subject varchar, example varchar, cure varchar);
create table fleet_clock as select max(event_at) as last_event_at from stg_telemetry;
create table stg_errors as select '1' as machine_id, timestamp '{START}' + n * interval 1 hour as event_at,
    {list(FLEET.error_codes)}[1 + n % {len(FLEET.error_codes)}] as error_code from range(300) as hours (n);
create table stg_replacements as select '2' as machine_id, timestamp '{START}' + n * interval 1 day as event_at,
    {list(FLEET.components)}[1 + n % {len(FLEET.components)}] as component from range(8) as days (n);
create table stg_failures as select '2' as machine_id, timestamp '{START}' + n * interval 48 hour as event_at,
    {list(FLEET.components)}[1 + n % {len(FLEET.components)}] as component from range(8) as days (n);
create table raw.failures as select machine_id as machineID, event_at as datetime, component as failure,
    null::timestamp as ended_at, null::timestamp as known_good_at from stg_failures;
create table feature_mart as select machine_id, event_at as as_of, 'model3' as model,
    {", ".join(f"1.0::double as {name}" for name in MART)} from stg_telemetry;
create view spine as select machine_id, as_of from feature_mart;
"""
BASELINES = ", ".join(f"{feature_name(sensor, 'baseline_mean')} = null, {feature_name(sensor, 'baseline_n')} = 12"
                      for sensor in SENSORS)  # fmt: skip

# What is done to the clean fleet, and what is then found.
ODD: dict[str, tuple[str, Found]] = {
    "a refused file": (
        "insert into raw.refused_files values ('failures', 'PdM_failures.csv', 'It lacks a column; add it.')",
        {("failures", "file refused", "error", "PdM_failures.csv")},
    ),
    "rejected rows": (
        "update raw.landed_files set rejected = 40 where feed = 'telemetry'; insert into raw.findings values "
        "(2, 'telemetry', 't.csv', 'rows rejected', '', 40, 'no time 40 times', 'mend', 'error', 'rows', 'row')",
        {("telemetry", "rows rejected", "error", "")},
    ),
    "a few rejected rows": (
        "update raw.landed_files set rejected = 4 where feed = 'telemetry'; insert into raw.findings values "
        "(2, 'telemetry', 't.csv', 'rows rejected', '', 4, 'no time 4 times', 'correct them', 'error', 'rows', 'row')",
        {("telemetry", "rows rejected", "note", "")},
    ),
    "rejected rows of long ago": (
        "update raw.landed_files set rejected = 40, landed_at = timestamp '2025-01-20' where feed = 'telemetry'; "
        "insert into raw.findings values (2, 'telemetry', 't.csv', 'rows rejected', '', 40, '', '', 'error', '', '')",
        set(),
    ),
    "one kind in two files": (
        "insert into raw.findings select unnest([2, 3]), 'telemetry', 't.csv', 'unreadable', 'volt', 90, '', '', "
        "'warning', '', ''",
        {("telemetry", "unreadable", "warning", "volt")},
    ),
    "ids spelled otherwise": (
        "update stg_failures set machine_id = 'M 002' where component = 'comp1'",
        {("failures", "unknown machine", "error", "machineID")},
    ),
    "a few errors of nobody": (
        "insert into stg_errors values ('X', timestamp '2025-01-02', 'error1')",
        {("errors", "unknown machine", "note", "machineID")},
    ),
    "replacements of nobody": (
        "update stg_replacements set machine_id = 'X'",
        {("maint", "unknown machine", "warning", "machineID")},
    ),
    "an unknown component": (
        "insert into stg_failures values ('1', timestamp '2025-01-15 12:00', 'gear')",
        {("failures", "unknown code", "error", "failure")},
    ),
    "a code never seen": (
        "delete from stg_errors where error_code = 'error2'",
        {("errors", "never seen", "note", "errorID")},
    ),
    "an end before its beginning": (
        "update raw.failures set ended_at = datetime - interval 1 hour where failure = 'comp1'",
        {("failures", "end before begin", "warning", "ended_at")},
    ),
    "known to work after it failed": (
        "update raw.failures set known_good_at = datetime + interval 1 hour where failure = 'comp1'",
        {("failures", "good after failure", "warning", "known_good_at")},
    ),
    "a failure while a machine was out of service": (
        "update machine_lives set until_us = epoch_us(timestamp '2025-01-10') where machine_id = '2'",
        {("failures", "outside telemetry", "warning", "datetime")},
    ),
    "failures from before the telemetry": (
        "update stg_failures set event_at = event_at - interval 9 month where component = 'comp1'",
        {("failures", "outside telemetry", "note", "datetime")},
    ),
    "failures of another year": (
        "update stg_failures set event_at = event_at - interval 1 year",
        {("failures", "outside telemetry", "error", "datetime")},
    ),
    "failures just after the last reading": (
        "update machine_lives set until_us = epoch_us(timestamp '2025-01-14 12:00') where machine_id = '2'", set(),
    ),
    "errors that end": (
        "insert into feed_reach values ('errors', timestamp '2025-01-05', 4.0, 'quiet')",
        {("errors", "events end early", "warning", "datetime")},
    ),
    "one machine in two spellings": (
        f"insert into {DAYS} select '002', day_at, last_reading_us from machine_days where machine_id = '2'; "
        "insert into stg_machines values ('002', null, null)",
        {("telemetry", "ids alike", "warning", "machineID")},
    ),
    "one machine with its accents apart, and with a blank of another kind": (
        f"insert into {DAYS} select unnest(['Süd\u00a01', 'Su\u0308d 1']), day_at, last_reading_us "
        "from machine_days where machine_id = '2'; insert into stg_machines by name "
        "select distinct machine_id from machine_days",
        {("telemetry", "ids alike", "warning", "machineID")},
    ),
    "machines that only look alike": (
        f"insert into {DAYS} select unnest(['A1', 'B1', 'A-1', '1-1', '11', '10', '100']), day_at, "
        "last_reading_us from machine_days where machine_id = '2'; insert into stg_machines by name "
        "select distinct machine_id from machine_days", set(),
    ),
    "a machine that the register lacks": (
        "delete from stg_machines where machine_id = '2'", {("machines", "not registered", "note", "machineID")},
    ),
    "a register of another spelling": (
        "update stg_machines set machine_id = 'Machine 0' || machine_id",
        {("machines", "not registered", "warning", "machineID")},
    ),
    "a machine that sends after its end": (
        "update stg_machines set in_service_until = timestamp '2025-01-15' where machine_id = '2'",
        {("machines", "out of service", "warning", "in_service_until")},
    ),
    "a machine that was tried before it began": (
        "update stg_machines set in_service_from = timestamp '2025-01-05' where machine_id = '2'",
        {("machines", "out of service", "note", "in_service_until")},
    ),
    "a life that ends before it begins": (
        "update stg_machines set in_service_from = timestamp '2025-01-15', in_service_until = timestamp '2024-01-15' "
        "where machine_id = '2'; delete from machine_lives where machine_id = '2'; delete from stg_failures "
        "where machine_id = '2'; insert into stg_failures select '1', timestamp '2025-01-05' + n * interval 1 day, "
        f"{list(FLEET.components)}[1 + n % {len(FLEET.components)}] from range(8) as days (n)",
        {("machines", "out of service", "error", "in_service_until")},
    ),
    "no failure at all": ("delete from stg_failures", {("failures", "no events", "error", "")}),
    "no replacement at all": ("delete from stg_replacements", {("maint", "no events", "note", "")}),
    "a machine silent for good": (
        "update machine_lives set ended_by = 'silence', until_us = 2 where machine_id = '1'",
        {("telemetry", "silent for good", "warning", "machineID")},
    ),
    "a machine silent before the register lets it go": (
        "update machine_lives set ended_by = 'silence', until_us = 2 where machine_id = '1'; "
        "update stg_machines set in_service_until = timestamp '2999-01-01' where machine_id = '1'",
        {("telemetry", "silent for good", "warning", "machineID")},
    ),
    "a machine silent from shortly before the end that the register states": (
        "update machine_lives set ended_by = 'silence', until_us = 2 where machine_id = '1'; "
        "update stg_machines set in_service_until = timestamp '2025-01-12' where machine_id = '1'; "
        "delete from machine_days where machine_id = '1' and day_at > timestamp '2025-01-10'",
        set(),
    ),
    "a machine that came back": (
        "insert into machine_lives values ('1', 0, 1, 'silence', timestamp '2025-01-02')",
        set(),
    ),
    "a machine taken out of service": (
        "update machine_lives set ended_by = 'register', until_us = 2 where machine_id = '1'",
        set(),
    ),
    "failures that end": (
        "update feed_reach set known_by = 'quiet'",
        {("failures", "failures end early", "error", "datetime")},
    ),
    "two plants under one id": (
        "insert into stg_telemetry by name select * replace (event_at + interval 30 minute as event_at) "
        "from stg_telemetry where machine_id = '1'",
        {("telemetry", "more readings than due", "warning", "datetime")},
    ),
    "another step": (
        "insert into step_findings values ('telemetry_step_hours', 'a minute apart', 'set it')",
        {("telemetry", "another step", "warning", "telemetry_step_hours")},
    ),
    "an impossible value": (
        "update raw.telemetry set vibration = -9999 where datetime < timestamp '2025-01-02'",
        {("telemetry", "outside range", "warning", "vibration")},
    ),
    "one impossible value": (
        "update raw.telemetry set volt = 1e6 where machineID = '1' and datetime = timestamp '2025-01-02'",
        {("telemetry", "outside range", "note", "volt")},
    ),
    "a sensor of which nothing came": (
        f"update raw.telemetry set volt = null; update feature_mart set {LONGEST} = null",
        {("telemetry", "sensor without readings", "warning", "volt")},
    ),
    "a sensor that fell silent": (
        f"update feature_mart set {LONGEST} = null where as_of > timestamp '2025-01-10'",
        {("features", "empty feature", "warning", "volt")},
    ),
    "a baseline that is never full": (
        f"update feature_mart set {BASELINES}", {("features", "empty feature", "warning", "baseline")},
    ),
    "a stuck sensor": (
        f"update feature_mart set {feature_name('volt', 'shift', max(WINDOWS))} = null",
        {("features", "empty feature", "warning", "shift")},
    ),
    "a window shorter than the step": (
        f"update feature_mart set {feature_name('volt', 'mean', 3)} = null, {feature_name('volt', 'sd', 12)} = null",
        {("features", "empty feature", "warning", "windows"), ("features", "empty feature", "warning", "windows sd")},
    ),
    "a register without ages": ("update feature_mart set age = null", {("features", "empty feature", "note", "age")}),
    "removed readings": ("update raw.telemetry set volt = 'nan' where datetime < timestamp '2025-01-03'", set()),
    "an outage told hour by hour": (
        "insert into stg_failures select machine_id, event_at + n * interval 1 hour, component "
        "from stg_failures, range(1, 8) as hours (n)", set(),
    ),
    "two systems with half of the sensors each": (
        "update stg_telemetry set volt = null, rotate = null; insert into stg_telemetry by name select * replace "
        "(event_at + interval 10 minute as event_at, 1 as volt, 1 as rotate, null as pressure, null as vibration) "
        "from stg_telemetry", set(),
    ),
    "a week of silence": ("delete from stg_telemetry where event_at between '2025-01-05' and '2025-01-12'", set()),
    "nothing has landed": (
        "truncate raw.telemetry; truncate stg_telemetry; truncate machine_days; truncate feature_mart; "
        "truncate stg_errors; truncate stg_replacements; truncate stg_failures; truncate fleet_clock; "
        "insert into fleet_clock values (null)",
        {("failures", "no events", "error", ""), *((feed, "no events", "note", "") for feed in ("maint", "errors"))},
    ),
}  # fmt: skip


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(CLEAN)
        create_views(made, *MODELS)
        yield made


def count_days(con: duckdb.DuckDBPyConnection, **fleet_vars: Any) -> None:
    """`machine_days` from now on as its model makes it of `stg_telemetry`."""
    con.execute("drop table machine_days")
    create_views(con, "machine_days", **fleet_vars)


def spoil(con: duckdb.DuckDBPyConnection, case: str) -> None:
    statements = ODD[case][0]
    con.execute(statements)
    if "stg_telemetry" in statements and "machine_days" not in statements:
        count_days(con)


def found(con: duckdb.DuckDBPyConnection) -> Found:
    return set(con.execute("select feed, kind, severity, subject from data_quality").fetchall())


def row(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    [one] = con.execute("select * from data_quality").df().to_dict("records")
    return {str(name): value for name, value in one.items()}


def test_a_clean_fleet_has_nothing_odd(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con) == set()


@pytest.mark.parametrize("case", ODD)
def test_each_kind_is_found_and_nothing_else(case: str, con: duckdb.DuckDBPyConnection) -> None:
    spoil(con, case)
    assert found(con) == ODD[case][1]


def test_every_kind_of_the_models_is_shown() -> None:
    shown = {kind for _, rows in ODD.values() for _, kind, _, _ in rows} | {NOT_RUNNING}
    assert set(kinds()) <= shown


NOT_RUNNING = "not running"


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


def test_a_sensor_that_a_type_of_machines_never_sent_is_no_fault_of_its_files(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into raw.landed_files values (5, 'telemetry', 'fans.csv', 480, 0, 0, timestamp '2025-02-01');"
        "update raw.telemetry set _file_id = 5 where machineID = '2';"
        "insert into raw.findings values (5, 'telemetry', 'fans.csv', 'column absent', 'volt', 480, '', 'add volt', "
        "'warning', 'rows came without this column', 'row came without it')"
    )
    lost = {("telemetry", "column absent", "warning", "volt")}
    assert found(con) == lost  # machine 2 has sent it before
    con.execute("update raw.telemetry set volt = null where machineID = '2'")
    assert found(con) == set()
    con.execute("update raw.telemetry set _file_id = 5 where machineID = '1' and datetime < timestamp '2025-01-02'")
    assert found(con) == lost


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
        con.execute(ODD[case][0])
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


# Ids as people write them: letters, digits, punctuation and blanks.
IDS = st.text(alphabet="aBcMÄß機012 -_./#", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def spelling() -> Iterator[duckdb.DuckDBPyConnection]:
    """A view `spelled` of the table `ids`, with the expression that the model has."""
    with duckdb.connect() as made:
        made.execute(CLEAN)
        create_views(made, "event_findings")
        [(sql,)] = made.execute("select sql from duckdb_views() where view_name = 'event_findings'").fetchall()
        expression = re.search(r"spellings AS \(SELECT (.+?) AS bare", sql, re.DOTALL)
        assert expression
        made.execute("create table ids (machine_id varchar)")
        made.execute(f"create view spelled as select machine_id, {expression[1]} as bare from ids")
        yield made


@given(st.lists(IDS, min_size=1, max_size=20, unique=True))
@example(
    ["M001", "1", " 1 ", "1.0", "1.00", "m-1", "machine 1", "0", "00", "A0", "..", "", "M", "1.0.0", "Su\u0308d 1"]
)
@settings(max_examples=60)
def test_sql_spells_as_landing_does(spelling: duckdb.DuckDBPyConnection, ids: list[str]) -> None:
    spelling.execute("truncate ids")
    spelling.execute("insert into ids select unnest(?::varchar[])", [ids])
    found = dict(spelling.execute("select machine_id, bare from spelled").fetchall())
    assert found == {name: bare(name) for name in ids}


@given(st.lists(st.integers(0, 999), min_size=1, max_size=8, unique=True), st.sampled_from(["{:03d}", "M{:04d}", "m-{}",
       " {} ", "{}.0", "Machine {}", "#{}", "PUMP_{:02d}"]), st.sampled_from(["{}", "{:05d}", "P{}"]))  # fmt: skip
def test_an_id_is_recognized_in_any_usual_spelling(numbers: list[int], theirs: str, ours: str) -> None:
    known = [ours.format(number) for number in numbers]
    unknown = [theirs.format(number) for number in numbers]
    assert meant_by(unknown, known) == dict(zip(unknown, known, strict=True))


def kinds() -> dict[str, dict[str, str]]:
    found = macro("finding_kinds", FLEET)
    assert isinstance(found, dict)
    return found


def test_what_landing_and_the_models_both_find_has_one_name_and_one_wording() -> None:
    both = {kind for kind in FindingKind if kind in kinds()}
    assert both == {FindingKind.OUTSIDE_RANGE, FindingKind.MORE_THAN_DUE, FindingKind.UNKNOWN_MACHINE}
    assert {kind: (kinds()[kind]["what_one"], kinds()[kind]["what"]) for kind in both} == {
        kind: WHAT[kind] for kind in both
    }
    text = (MACROS / "finding_kinds.sql").read_text()
    assert re.search(r"macro telling_share\(\).*?return\(([\d.]+)\)", text)[1] == str(TELLING_SHARE)  # type: ignore[index]


def test_the_handbook_lists_every_kind() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    listed = set(re.findall(r"^\| `([a-z -]+)` \|", text, re.MULTILINE))
    assert listed == {*kinds(), *map(str, FindingKind)}


def test_the_last_days_are_a_week() -> None:
    """The mart of CLEAN reaches over twenty days: a feature that came back is not told."""
    with duckdb.connect() as con:
        con.execute(CLEAN)
        create_views(con, *MODELS)
        last = START + timedelta(hours=479)
        con.execute(f"update feature_mart set {LONGEST} = null where as_of <= ?", [last - timedelta(days=6)])
        assert found(con) == set()
