{%- set text = dbt.type_string() -%}
{%- set near = hours_us(horizon_hours()) -%}

with reports as (

    select * from {{ source('raw', 'failures') }}

),

failures as (

    select
        machine_id,
        component,
        event_at,
        {{ us('event_at') }} as event_us
    from {{ ref('stg_failures') }}

),

machines as (

    select distinct machine_id from {{ ref('machine_days') }}

),

clock as (

    select {{ us('last_event_at') }} as last_reading_us from {{ ref('fleet_clock') }}

),

lives as (

    select * from {{ ref('machine_lives') }}

),

impossible as (

    select
        concat(
            {{ quoted_example('machineID') }}, ' failed ', cast(datetime as {{ text }}), ' and ended ', cast(ended_at as {{ text }})
        ) as shown,
        row_number() over (order by datetime, machineID, failure) as place
    from reports
    where ended_at < datetime

),

of_impossible as (

    select
        {{ finding(
            'end before begin', "'failures'", "'ended_at'", 'count(*)', '(select count(reports.ended_at) from reports)',
            first_examples('shown', 'place'),
            "'write in ended_at when the outage was over, in UTC as datetime is, and land the file again'"
        ) }}
    from impossible
    having count(*) > 0

),

worked_later as (

    select
        concat(
            {{ quoted_example('machineID') }}, ' failed ', cast(datetime as {{ text }}), ' and worked ', cast(known_good_at as {{ text }})
        ) as shown,
        row_number() over (order by datetime, machineID, failure) as place
    from reports
    where known_good_at > datetime

),

of_worked_later as (

    select
        {{ finding(
            'good after failure', "'failures'", "'known_good_at'", 'count(*)', '(select count(reports.known_good_at) from reports)',
            first_examples('shown', 'place'),
            "'write in known_good_at when the component was last known to work before it failed, in UTC as datetime is, and land the file again'"
        ) }}
    from worked_later
    having count(*) > 0

),

-- A failure labels the snapshots of the hours before it: those of a life that reaches into them.
matched as (

    select
        failures.machine_id,
        failures.component,
        failures.event_at,
        failures.event_us,
        count(lives.machine_id) > 0 and failures.event_us <= min(clock.last_reading_us) + {{ near }} as is_within
    from failures
    inner join machines on failures.machine_id = machines.machine_id
    cross join clock
    left join lives
        on
            failures.machine_id = lives.machine_id
            and failures.event_us >= lives.from_us - {{ near }}
            and (lives.until_us is null or failures.event_us <= lives.until_us + {{ near }})
    group by failures.machine_id, failures.component, failures.event_at, failures.event_us

),

beyond as (

    select
        event_us >= (select min(lives.from_us) from lives) as is_after_begin,
        concat({{ quoted_example('machine_id') }}, ' ', cast(event_at as {{ text }})) as shown,
        row_number() over (order by event_us desc, machine_id asc, component asc) as place
    from matched
    where not is_within

),

-- A register of failures that is older than the telemetry is usual; one of which nothing meets it is not.
of_beyond as (

    select
        {{ finding(
            'outside telemetry', "'failures'", "'datetime'", 'count(*)', '(select count(*) from failures)',
            first_examples('shown', 'place'),
            "'see whether their times and machines are right, in UTC, and land the telemetry of then; select * from machine_lives says when each machine was in service'",
            severity="case when count(*) = (select count(*) from matched) then 'error' when count(*) filter (where is_after_begin) > 0 then 'warning' else 'note' end"
        ) }}
    from beyond
    having count(*) > 0

),

{% set ahead = horizon_hours() -%}
{%- if ahead < 24 -%}
-- Nights come daily, whatever the horizon.
of_unwatched as (

    select
        {{ finding(
            'hours unwatched', "'failures'", "'horizon_hours'", 24 - ahead, '24',
            "'the night of " ~ '%02d:00' | format(var('scoring_hour')) ~ " looks ahead to " ~ '%02d:00' | format((var('scoring_hour') + ahead) % 24) ~ "'",
            "'lengthen it to 24, or the first of horizons_hours where that is set'"
        ) }}
    from clock

),

{% endif -%}
final as (

    select * from of_impossible
    union all
    select * from of_worked_later
    union all
    select * from of_beyond
    {%- if ahead < 24 %}
    union all
    select * from of_unwatched
    {%- endif %}

)

select * from final
