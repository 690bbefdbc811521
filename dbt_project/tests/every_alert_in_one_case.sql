{{ config(meta={'dagster': {'ref': {'name': 'alert_episodes'}}}) }}

{#- The nights of the cases are the nights with an alert: none is lost, none counts twice. -#}
with alerts as (

    select
        machine_id,
        predicted_component as component,
        count(*) as nights
    from {{ ref('nightly_answers') }}
    where alert
    group by machine_id, predicted_component

),

cases as (

    select
        machine_id,
        component,
        sum(nights) as nights
    from {{ ref('alert_episodes') }}
    group by machine_id, component

)

select
    coalesce(alerts.machine_id, cases.machine_id) as machine_id,
    coalesce(alerts.component, cases.component) as component,
    alerts.nights as nights_with_an_alert,
    cases.nights as nights_in_cases
from alerts
full join cases
    on
        alerts.machine_id = cases.machine_id
        and alerts.component = cases.component
where coalesce(alerts.nights, 0) != coalesce(cases.nights, 0)
