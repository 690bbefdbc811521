{{ config(materialized='incremental', meta={'range_column': 'day_at'}) }}
{%- set day = hours_us(24) -%}
{%- set sensors = var('sensors').keys() | list -%}
{#- Of a sensor that tells changes only, any number may come. -#}
{%- set counted = sensors | reject('in', sensors_on_change()) | list -%}

with telemetry as (

    select
        machine_id,
        {{ us('event_at') }} as event_us,
        greatest({{ us('event_at') }}, {{ us('available_at') }}) as known_us,
        {% for sensor in sensors -%}
        {{ sensor }} is not null {{ 'or' if not loop.last or tells_running() else 'as is_reading' }}
        {% endfor %}
        {{ 'not is_running as is_reading,' if tells_running() else ',' }}
        superseded_at is null as is_current,
        {{ 'is_running' if tells_running() else 'true' }} as is_running
        {%- for sensor in counted %},
        {{ sensor }}
        {%- endfor %}
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
        max(event_us) filter (where is_reading) as last_reading_us,
        -- Of the sensor with most: two systems that bring half of the sensors each, at moments of their own, bring none too many.
        cast(greatest(
            0
            {%- for sensor in counted %},
            count({{ sensor }}) filter (where is_current)
            {%- else %},
            0
            {%- endfor %}
        ) as bigint) as readings,
        count(*) filter (where is_current) as moments,
        count(*) filter (where is_current and not is_running) as moments_off
    from days
    group by machine_id, day_us

)

select * from final
