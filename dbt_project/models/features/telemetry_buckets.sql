{{ config(
    materialized='incremental',
    meta={'range_column': 'bucket_end', 'slices': {'schema': 'raw', 'table': 'telemetry', 'column': 'datetime'}}
) }}
{%- set counters = sensors_of('counter') -%}
{#- A counter's first reading of a bucket has risen from the one before. -#}
{%- set back_hours = bucket_hours() + (counter_gap_hours() if counters else 0) %}

with {{ held_readings(back_hours, sliced=true) }}telemetry as (

    select
        machine_id,
        available_at,
        superseded_at,
        {% for sensor in var('sensors') -%}
        {{ in_steps(sensor) }},
        {% endfor -%}
        {{ 'is_running,' if tells_running() }}
        {{ us('event_at') ~ ' as event_us,' if counters }}
        {{ event_seconds() if slopes_hours() }}
        {{ bucket_end_us(us('event_at')) }} as bucket_end_us
    from {{ counted_rows(back_hours, sliced=true) }}

),

{% if tells_regimes() -%}
{{ with_likes('telemetry') }}

{% endif -%}
-- Readings that were known when their bucket closed and were never corrected; the others stand in late_readings.
punctual as (

    select * from {{ 'compared' if tells_regimes() else 'telemetry' }}
    where
        {{ us('available_at') }} <= bucket_end_us
        and superseded_at is null
        {%- if not counters %}
        {{ since_build('bucket_end_us') }}
        {{ in_slice(timestamp_of_us('bucket_end_us')) }}
        {%- endif %}

),

{% if counters -%}
{{ with_rises('risen', 'punctual') }},

of_this_build as (

    select * from risen
    where
        true {{ since_build('bucket_end_us') }}
        {{ in_slice(timestamp_of_us('bucket_end_us')) }}

),

{% endif -%}
final as (

    select
        machine_id,
        {{ timestamp_of_us('bucket_end_us') }} as bucket_end,
        bucket_end_us,
        {% for sensor in var('sensors') -%}
        {{ sensor_sums(sensor) }}{{ ',' if not loop.last or tells_running() }}
        {% endfor %}
        {{ off_sum() if tells_running() }}
    from {{ 'of_this_build' if counters else 'punctual' }}
    group by machine_id, bucket_end_us
    order by bucket_end_us, machine_id

)

select * from final
