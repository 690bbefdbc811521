with failures as (

    select
        machine_id,
        component,
        event_at
    from {{ ref('stg_failures') }}

),

replacements as (

    select
        machine_id,
        component,
        event_at
    from {{ ref('stg_replacements') }}

),

-- A replacement at or soon after the component's failure repairs it; any other is planned, and ends what could be seen.
planned_replacements as (

    select replacements.*
    from replacements
    left join failures
        on
            replacements.machine_id = failures.machine_id
            and replacements.component = failures.component
            and {{ us('replacements.event_at') }} - {{ us('failures.event_at') }} between 0 and {{ hours_us(var('corrective_hours')) }}
    where failures.machine_id is null

),

final as (

    select
        machine_id,
        component,
        event_at as ended_at,
        'failure' as ending
    from failures
    union all
    select
        machine_id,
        component,
        event_at as ended_at,
        'replacement' as ending
    from planned_replacements

)

select * from final
