{{ config(
    materialized='incremental',
    meta={'range_column': 'bucket_end', 'slices': {'schema': 'raw', 'table': 'telemetry', 'column': 'datetime'}}
) }}

with telemetry as (

    select
        machine_id,
        available_at,
        superseded_at,
        {% for sensor in var('sensors') -%}
        {{ in_steps(sensor) }},
        {% endfor -%}
        {{ bucket_end_us(us('event_at')) }} as bucket_end_us
    from {{ ref('stg_telemetry') }}
    where
        true {{ since_build_at('event_at', bucket_hours()) }}
        {{ in_slice('event_at', bucket_hours()) }}

),

-- Readings that were known when their bucket closed and were never corrected; the others stand in late_readings.
punctual as (

    select * from telemetry
    where
        {{ us('available_at') }} <= bucket_end_us
        and superseded_at is null
        {{ since_build('bucket_end_us') }}
        {{ in_slice(timestamp_of_us('bucket_end_us')) }}

),

final as (

    select
        machine_id,
        {{ timestamp_of_us('bucket_end_us') }} as bucket_end,
        bucket_end_us,
        {% for sensor in var('sensors') -%}
        {{ sensor_sums(sensor) }}{{ ',' if not loop.last }}
        {% endfor %}
    from punctual
    group by machine_id, bucket_end_us
    order by bucket_end_us, machine_id

)

select * from final
