{{ config(materialized='view') }}
{%- set latencies = var('feed_latency_hours') -%}
{%- set stated = var('feed_reaches') -%}
{%- set feeds = ['telemetry', 'errors', 'maint', 'failures'] %}

with clock as (

    select
        {{ us('last_event_at') }} as last_reading_us,
        {{ us('known_until') }} as now_us
    from {{ ref('fleet_clock') }}

),

telemetry as (

    select
        day_at as event_at,
        last_reading_us as event_us
    from {{ ref('machine_days') }}
    where last_reading_us is not null

),

errors as (

    select
        event_at,
        {{ us('event_at') }} as event_us
    from {{ ref('stg_errors') }}

),

maint as (

    select
        event_at,
        {{ us('event_at') }} as event_us
    from {{ ref('stg_replacements') }}

),

failures as (

    select
        event_at,
        {{ us('event_at') }} as event_us
    from {{ ref('stg_failures') }}

),

-- The day of the first reading: the events since then tell the rate at which the feed comes, where there are enough. What is
-- said to have happened years before them, rightly or not, makes no feed look slow.
first_day as (

    select {{ us('min(event_at)') }} as begin_us from telemetry

),

-- Days, not rows: what comes in bunches, such as one failure in several reports, tells no more of the feed than one row does.
spans as (

    {% for feed in feeds -%}
    select
        '{{ feed }}' as feed,
        {{ hours_us(latencies.get(feed, 0)) }} as latency_us,
        {% if stated.get(feed) -%}
        {{ us("cast('" ~ stated[feed] ~ "' as timestamp)") }} as stated_us,
        {%- else -%}
        cast(null as bigint) as stated_us,
        {%- endif %}
        min({{ feed }}.event_us) as first_us,
        max({{ feed }}.event_us) as last_us,
        count(distinct cast({{ feed }}.event_at as date)) as event_days,
        count(distinct case when {{ feed }}.event_us >= first_day.begin_us then cast({{ feed }}.event_at as date) end) as heard_days,
        min(first_day.begin_us) as begin_us
    from {{ feed }}
    cross join first_day
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

rates as (

    select
        spans.*,
        clock.now_us - spans.latency_us as clock_us,
        case
            when spans.heard_days >= 3 then cast(spans.last_us - spans.begin_us as double) / spans.heard_days
            else cast(spans.last_us - least(spans.first_us, spans.begin_us) as double) / spans.event_days
        end as gap_us
    from spans
    cross join clock

),

-- Days with an event come at random at the feed's own rate: no event for 6.9 mean gaps has a probability below 1 in 1000.
final as (

    select
        feed,
        {{ timestamp_of_us('first_us') }} as first_event_at,
        {{ timestamp_of_us('last_us') }} as last_event_at,
        event_days,
        gap_us / {{ hours_us(1) }} as usual_gap_hours,
        {{ timestamp_of_us(
            'case when stated_us is not null then stated_us'
            ~ " when feed != 'telemetry' and event_days >= 3 and clock_us - last_us > 6.907755278982137 * gap_us then last_us"
            ~ ' else clock_us end'
        ) }} as reaches_until,
        case
            when stated_us is not null then 'said'
            when feed != 'telemetry' and event_days >= 3 and clock_us - last_us > 6.907755278982137 * gap_us then 'quiet'
            else 'clock'
        end as known_by
    from rates

)

select * from final
