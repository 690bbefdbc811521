with outages as (

    select
        *,
        {{ us('failed_at') }} as failed_us,
        greatest({{ us('last_report_at') }}, case when ended_by = 'said' then over_us end) as last_us
    from {{ ref('outages') }}

),

replacements as (

    select
        machine_id,
        component,
        event_at,
        available_at
    from {{ ref('stg_replacements') }}

),

-- A replacement during or soon after the component's outage repairs it; any other is planned, and ends what could be seen.
planned_replacements as (

    select replacements.*
    from replacements
    left join outages
        on
            replacements.machine_id = outages.machine_id
            and replacements.component = outages.component
            and {{ us('replacements.event_at') }} between outages.failed_us and outages.last_us + {{ hours_us(var('corrective_hours')) }}
    where outages.machine_id is null

),

final as (

    select
        machine_id,
        component,
        failed_at as ended_at,
        'failure' as ending,
        greatest(known_at, good_known_at) as known_at,
        known_good_at
    from outages
    union all
    select
        machine_id,
        component,
        event_at as ended_at,
        'replacement' as ending,
        available_at as known_at,
        cast(null as timestamp) as known_good_at
    from planned_replacements

)

select * from final
