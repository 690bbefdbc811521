"""What is done to the clean fleet, and what is then found."""

from typing import Any

import duckdb

from ml.mart.feature_names import feature_name
from tests.dbt.clean_fleet import BASELINES, FLEET, LONGEST, WINDOWS
from tests.dbt.compiled import create_views

Found = set[tuple[str, str, str, str]]  # feed, kind, severity, subject
NOT_RUNNING = "not running"  # of a fleet that tells it, in a test of its own
UNWATCHED = "hours unwatched"  # of a fleet whose horizon is shorter than a day, likewise
DAYS = "machine_days (machine_id, day_at, last_reading_us)"  # what is counted of them is left out
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
    "a machine whose clock runs three days ahead": (
        f"insert into {DAYS} select '3', day_at, last_reading_us from machine_days where machine_id = '1'; "
        "insert into stg_machines values ('3', null, null); "
        "insert into machine_lives values ('3', 0, null, null, null); "
        f"insert into {DAYS} values ('2', timestamp '2025-01-23', epoch_us(timestamp '2025-01-23 05:00'))",
        {("telemetry", "clock ahead", "warning", "datetime")},
    ),
    "a machine that is heard a day longer": (
        f"insert into {DAYS} select '3', day_at, last_reading_us from machine_days where machine_id = '1'; "
        "insert into stg_machines values ('3', null, null); "
        "insert into machine_lives values ('3', 0, null, null, null); "
        f"insert into {DAYS} values ('2', timestamp '2025-01-21', epoch_us(timestamp '2025-01-21 22:00'))",
        set(),
    ),
    "the last machine of a fleet that the register lets go": (
        f"insert into {DAYS} select '3', day_at, last_reading_us from machine_days where machine_id = '1'; "
        "insert into stg_machines values ('3', null, timestamp '2025-01-21'); "
        "insert into machine_lives values ('3', 0, 1, 'register', null); "
        f"insert into {DAYS} values ('2', timestamp '2025-01-23', epoch_us(timestamp '2025-01-23 05:00'))",
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


def spoil(con: duckdb.DuckDBPyConnection, case: str) -> None:
    """Do to the clean fleet what `case` does; the days are counted anew where its readings are others."""
    statements = ODD[case][0]
    con.execute(statements)
    if "stg_telemetry" in statements and "machine_days" not in statements:
        count_days(con)


def count_days(con: duckdb.DuckDBPyConnection, **fleet_vars: Any) -> None:
    """`machine_days` from now on as its model makes it of `stg_telemetry`."""
    con.execute("drop table machine_days")
    create_views(con, "machine_days", **fleet_vars)


def found(con: duckdb.DuckDBPyConnection) -> Found:
    return set(con.execute("select feed, kind, severity, subject from data_quality").fetchall())
