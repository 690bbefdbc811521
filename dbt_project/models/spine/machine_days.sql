{{ config(materialized='incremental', meta={'range_column': 'day_at'}) }}
{%- set day = hours_us(24) -%}
{%- set sensors = var('sensors').keys() | list -%}
{#- A sensor that tells changes only may tell any number of them: none is too many. -#}
{%- set counted = sensors | reject('in', sensors_on_change()) | list -%}

with telemetry as (

    select
        machine_id,
        {{ us('event_at') }} as event_us,
        greatest({{ us('event_at') }}, {{ us('available_at') }}) as known_us,
        -- A machine that is known to stand still has been heard as well.
        {{ sensors | join(' is not null\n        or ') }} is not null
        {{ 'or not is_running' if tells_running() }} as is_reading,
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
        -- Of the sensor with most: two systems may bring half of the sensors each, at moments of their own. None counts where all
        -- sensors tell changes only.
        cast(greatest(
            0, 0
            {%- for sensor in counted %},
            count({{ sensor }}) filter (where is_current)
            {%- endfor %}
        ) as bigint) as readings,
        count(*) filter (where is_current) as moments,
        count(*) filter (where is_current and not is_running) as moments_off
    from days
    group by machine_id, day_us

)

select * from final
