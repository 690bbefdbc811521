with outcomes as (

    select * from {{ ref('failure_outcomes') }}

),

failures as (

    select * from {{ ref('outages') }}

),

final as (

    select
        outcomes.machine_id,
        outcomes.component,
        outcomes.failed_at,
        coalesce(failures.known_at, outcomes.failed_at) as known_at,
        outcomes.caught,
        outcomes.lead_hours
    from outcomes
    left join failures
        on
            outcomes.machine_id = failures.machine_id
            and outcomes.component = failures.component
            and outcomes.failed_at = failures.failed_at

)

select * from final
