{{ config(materialized='incremental', meta={'range_column': 'as_of'}) }}
{%- set width = hours_us(bucket_hours()) -%}
{%- set reach = var('baseline_hours') // bucket_hours() -%}

with telemetry as (

    select
        machine_id,
        available_at,
        superseded_at,
        {% for sensor in var('sensors') -%}
        {{ in_steps(sensor) }},
        {% endfor -%}
        {{ bucket_end_us(us('event_at')) }} as bucket_end_us,
        {{ bucket_end_us(us('available_at')) }} as visible_us,
        {{ us('superseded_at') }} as superseded_us
    from {{ ref('stg_telemetry') }}
    where true {{ since_build_at('event_at', var('baseline_hours')) }}

),

-- Readings that came after their bucket had closed, or that a correction replaced later on: each counts in the windows
-- of just the snapshots at which it was known and current.
unpunctual as (

    select * from telemetry
    where {{ us('available_at') }} > bucket_end_us or superseded_at is not null

),

steps as (

    select {{ series_from(0, reach - 1) }} as n

),

seen as (

    select
        unpunctual.*,
        unpunctual.bucket_end_us + steps.n * {{ width }} as as_of_us,
        steps.n as buckets_ago
    from unpunctual
    inner join steps
        on
            unpunctual.bucket_end_us + steps.n * {{ width }} >= unpunctual.visible_us
            and (
                unpunctual.superseded_us is null
                or unpunctual.bucket_end_us + steps.n * {{ width }} < unpunctual.superseded_us
            )
            {{ since_build('unpunctual.bucket_end_us + steps.n * ' ~ width) }}

),

final as (

    select
        machine_id,
        {{ timestamp_of_us('as_of_us') }} as as_of,
        as_of_us,
        buckets_ago,
        {% for sensor in var('sensors') -%}
        {{ sensor_sums(sensor) }}{{ ',' if not loop.last }}
        {% endfor %}
    from seen
    group by machine_id, as_of_us, buckets_ago

)

select * from final
