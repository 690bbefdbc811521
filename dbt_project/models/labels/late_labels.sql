{{ config(materialized='table') }}
{%- set horizon = var('horizon_hours') -%}
{%- set reach = (horizon // bucket_hours() + 1) * bucket_hours() -%}
{%- set due = hours_us(horizon + var('feed_latency_hours').get('failures', 0)) %}

with endings as (

    select
        machine_id,
        {{ us('known_at') }} as known_us,
        {{ us('ended_at') }} as ended_us
    from {{ ref('component_endings') }}

),

-- The snapshots whose horizon (as_of, as_of + horizon] holds the ending. Only one that was reported late can make a label late.
reached as (

    select
        *,
        {{ series_from(bucket_end_us('ended_us') ~ ' - ' ~ hours_us(reach), bucket_end_us('ended_us'), hours_us(bucket_hours())) }}
            as as_of_us
    from endings
    where known_us > ended_us

),

final as (

    select
        machine_id,
        {{ timestamp_of_us('as_of_us') }} as as_of,
        {{ timestamp_of_us('max(known_us)') }} as known_at
    from reached
    where
        as_of_us < ended_us
        and ended_us <= as_of_us + {{ hours_us(horizon) }}
        and known_us > as_of_us + {{ due }}
    group by machine_id, as_of_us

)

select * from final
