{{ config(materialized='incremental', enabled=tells_regimes(), meta={'range_column': 'day_end'}) }}
{%- set compared = compared_sensors() %}

with telemetry as (

    select
        {% for sensor in compared + (regimes() | list) -%}
        {{ in_steps(sensor) }},
        {% endfor -%}
        {{ us('available_at') }} as known_us,
        {{ us('superseded_at') }} as superseded_us,
        {{ day_end_us(us('event_at')) }} as day_end_us
    from {{ ref('stg_telemetry') }}
    where true {{ since_build_at('event_at', 24) }}

),

in_regimes as (

    select
        *,
        {{ regime_of_row() }} as regime,
        known_us <= day_end_us and (superseded_us is null or superseded_us > day_end_us) as is_known
    from telemetry
    where true {{ since_build('day_end_us') }}

),

final as (

    select
        {{ timestamp_of_us('day_end_us') }} as day_end,
        day_end_us,
        regime
        {%- for sensor in compared %},
        count(case when is_known then {{ sensor }} end) as {{ sensor }}_n,
        cast(coalesce(sum(case when is_known then {{ coarse(sensor) }} end), 0) as bigint) as {{ sensor }}_sum,
        cast(
            coalesce(sum(case when is_known then cast({{ coarse(sensor) }} as {{ wide_integer() }}) * {{ coarse(sensor) }} end), 0)
            as {{ wide_integer() }}
        ) as {{ sensor }}_squares
        {%- endfor %}
    from in_regimes
    where regime is not null
    group by day_end_us, regime

)

select * from final
order by day_end_us, regime
