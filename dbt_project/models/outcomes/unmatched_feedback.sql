with feedback as (

    select * from {{ ref('stg_feedback') }}

),

first_cases as (

    select
        machine_id,
        component,
        min(opened_at) as first_opened_at
    from {{ ref('alert_episodes') }}
    group by machine_id, component

),

final as (

    select
        feedback.machine_id,
        feedback.component,
        feedback.given_at,
        feedback.verdict,
        feedback.note
    from feedback
    left join first_cases
        on
            feedback.machine_id = first_cases.machine_id
            and feedback.component = first_cases.component
            and feedback.given_at >= first_cases.first_opened_at
    where first_cases.machine_id is null

)

select * from final
