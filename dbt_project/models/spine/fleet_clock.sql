{{ config(materialized='table') }}

-- How far the landed data reach. One straggler delivered days later does not move it: it counts event time, not arrival.
select
    max(event_at) as last_event_at,
    {{ timestamp_of_us(us('max(event_at)') ~ ' + ' ~ hours_us(var('feed_latency_hours').get('telemetry', 0))) }} as known_until
from {{ ref('stg_telemetry') }}
