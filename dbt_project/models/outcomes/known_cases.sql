{%- set latencies = var('feed_latency_hours') -%}
{%- set failures_latency = hours_us(var('found_within_hours') + latencies.get('failures', 0)) -%}
{%- set latency = [failures_latency, hours_us(latencies.get('maint', 0))] | max -%}

with cases as (

    select * from {{ ref('alert_episodes') }}

),

failures as (

    select * from {{ ref('outages') }}

),

replacements as (

    select * from {{ ref('stg_replacements') }}

),

-- What closes a case is known later than it happens: a failure when it is reported, a replacement when no failure before it
-- can still be, silence when both feeds are in.
final as (

    select
        cases.machine_id,
        cases.component,
        cases.opened_at,
        case
            when cases.closed_by = 'failure' then greatest(cases.closed_at, coalesce(failures.known_at, cases.closed_at))
            when cases.closed_by = 'replacement'
                then greatest(
                    {{ timestamp_of_us(us('cases.closed_at') ~ ' + ' ~ failures_latency) }},
                    coalesce(replacements.available_at, cases.closed_at)
                )
            else {{ timestamp_of_us(us('cases.closed_at') ~ ' + ' ~ latency) }}
        end as known_closed_at,
        cases.verdict
    from cases
    left join failures
        on
            cases.machine_id = failures.machine_id
            and cases.component = failures.component
            and cases.failed_at = failures.failed_at
    left join replacements
        on
            cases.machine_id = replacements.machine_id
            and cases.component = replacements.component
            and cases.replaced_at = replacements.event_at

)

select * from final
