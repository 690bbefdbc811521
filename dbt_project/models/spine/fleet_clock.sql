{{ config(materialized='table') }}
{%- set known_us = us('max(event_at)') ~ ' + ' ~ hours_us(var('feed_latency_hours').get('telemetry', 0)) %}

-- How far the landed data reach. One straggler delivered days later does not move it: it counts event time, not arrival.
-- Nothing is fresh beyond the present: no night is scored before its moment has come.
select
    max(event_at) as last_event_at,
    {{ timestamp_of_us(known_us) }} as known_until,
    case when max(event_at) is not null then {{ timestamp_of_us(
        'greatest(' ~ known_us ~ ', least(' ~ known_us ~ ' + ' ~ freshness_us() ~ ', ' ~ us('current_timestamp') ~ '))'
    ) }} end as fresh_until
from {{ ref('stg_telemetry') }}
