{{ config(materialized='table') }}
{%- set horizon = horizon_hours() -%}
{%- set reach = (horizon // bucket_hours() + 1) * bucket_hours() -%}
{%- set due = hours_us(horizon + var('found_within_hours') + var('feed_latency_hours').get('failures', 0)) %}

with endings as (

    select
        machine_id,
        {{ us('known_at') }} as known_us,
        {{ us('ended_at') }} as ended_us,
        {{ good_us() }} as good_us
    from {{ ref('component_endings') }}

),

first_life as (

    select {{ bucket_end_us('min(from_us)') }} as first_us from {{ ref('machine_lives') }}

),

-- The snapshots whose horizon (as_of, as_of + horizon] holds the ending, for certain or perhaps (`good_us`). Only one that was
-- known later than it may have happened can make a label late; nobody asks how long before the first machine was heard.
reached as (

    select
        endings.*,
        {{ series_from(
            'greatest(' ~ bucket_end_us('endings.good_us') ~ ', least(' ~ bucket_end_us('endings.ended_us') ~ ', coalesce(first_life.first_us, 0))) - ' ~ hours_us(reach),
            bucket_end_us('endings.ended_us'), hours_us(bucket_hours())
        ) }} as as_of_us
    from endings
    cross join first_life
    where endings.known_us > endings.good_us + 1

),

final as (

    select
        machine_id,
        {{ timestamp_of_us('as_of_us') }} as as_of,
        {{ timestamp_of_us('max(known_us)') }} as known_at
    from reached
    where
        as_of_us < ended_us
        and good_us < as_of_us + {{ hours_us(horizon) }}
        and known_us > as_of_us + {{ due }}
    group by machine_id, as_of_us

)

select * from final
