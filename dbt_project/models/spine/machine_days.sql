{{ config(materialized='incremental', meta={'range_column': 'day_at'}) }}
{%- set day = hours_us(24) -%}
{%- set sensors = var('sensors').keys() | list -%}

with telemetry as (

    select
        machine_id,
        {{ us('event_at') }} as event_us,
        greatest({{ us('event_at') }}, {{ us('available_at') }}) as known_us,
        {% for sensor in sensors -%}
        {{ sensor }} is not null {{ 'or' if not loop.last or tells_running() else 'as is_reading' }}
        {% endfor %}
        {{ 'not is_running as is_reading' if tells_running() }}
    from {{ ref('stg_telemetry') }}
    where true {{ since_build_at('event_at') }}

),

days as (

    select
        *,
        {{ int_div('event_us', day) }} * {{ day }} as day_us
    from telemetry

),

final as (

    select
        machine_id,
        {{ timestamp_of_us('day_us') }} as day_at,
        min(known_us) as first_known_us,
        max(event_us) filter (where is_reading) as last_reading_us
    from days
    group by machine_id, day_us

)

select * from final
