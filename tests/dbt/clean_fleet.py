"""A fleet of two machines and twenty days in which nothing is odd, as the tables that the findings read."""

from datetime import datetime

from ml.mart.feature_names import feature_name
from tests.dbt.dbt_kit import fleet

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
