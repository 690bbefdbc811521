{{ config(materialized='incremental', meta={'range_column': 'as_of', 'range_back_hours': label_reach_hours()}) }}
{%- set components = var('components') -%}
{%- set horizon = var('horizon_hours') -%}
{#- Whole buckets, the horizon and one more: the exact edges are drawn below. -#}
{%- set reach = (horizon // bucket_hours() + 1) * bucket_hours() -%}
{%- set latency = var('feed_latency_hours').get('failures', 0) -%}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of', label_reach_hours()) }}

),

clock as (

    select {{ us('known_until') }} as now_us from {{ ref('fleet_clock') }}

),

endings as (

    select
        machine_id,
        component,
        ending,
        {{ us('ended_at') }} as ended_us
    from {{ ref('component_endings') }}
    where true {{ since_build_at('ended_at', label_reach_hours(), is_clock=false) }}

),

-- The snapshots before an ending whose horizon (as_of, as_of + horizon] holds it.
reached as (

    select
        *,
        {{ series_from(bucket_end_us('ended_us') ~ ' - ' ~ hours_us(reach), bucket_end_us('ended_us'), hours_us(bucket_hours())) }}
            as as_of_us
    from endings

),

outcomes as (

    select
        machine_id,
        as_of_us,
        count(*) filter (where ending = 'failure') > 0 as any_failed,
        count(*) filter (where ending = 'replacement') > 0 as any_replaced
        {%- for component in components %},
        count(*) filter (where ending = 'failure' and component = '{{ component }}') > 0 as {{ component }}_failed,
        count(*) filter (where ending = 'replacement' and component = '{{ component }}') > 0 as {{ component }}_replaced
        {%- endfor %}
    from reached
    where as_of_us < ended_us and ended_us <= as_of_us + {{ hours_us(horizon) }}
    group by machine_id, as_of_us

),

statuses as (

    select
        spine.machine_id,
        spine.as_of,
        outcomes.any_failed,
        {%- for component in components %}
        outcomes.{{ component }}_failed,
        outcomes.{{ component }}_replaced,
        {%- endfor %}
        case
            when spine.as_of_us + {{ hours_us(horizon + latency) }} > clock.now_us then 'pending'
            when outcomes.any_replaced and not outcomes.any_failed then 'censored'
            else 'mature'
        end as label_status
    from spine
    cross join clock
    left join outcomes
        on
            spine.machine_id = outcomes.machine_id
            and spine.as_of_us = outcomes.as_of_us

),

final as (

    select
        machine_id,
        as_of,
        label_status,
        case when label_status = 'mature' then cast(coalesce(any_failed, false) as integer) end as fails_any
        {%- for component in components %},
        case
            when label_status = 'pending' then null
            when {{ component }}_failed then 1
            when {{ component }}_replaced then null
            else 0
        end as fails_{{ component }}
        {%- endfor %}
    from statuses

)

select * from final
order by as_of, machine_id
