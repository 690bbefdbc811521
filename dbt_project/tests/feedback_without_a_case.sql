{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'alert_episodes'}}}) }}

-- The crew spoke of a machine and component that had raised no alert by then: a slip of the pen, or a fault we missed.
with feedback as (

    select * from {{ ref('stg_feedback') }}

),

cases as (

    select
        machine_id,
        component,
        min(opened_at) as first_opened_at
    from {{ ref('alert_episodes') }}
    group by machine_id, component

)

select feedback.*
from feedback
left join cases
    on
        feedback.machine_id = cases.machine_id
        and feedback.component = cases.component
        and feedback.given_at >= cases.first_opened_at
where cases.machine_id is null
