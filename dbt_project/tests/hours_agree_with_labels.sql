{{ config(meta={'dagster': {'ref': {'name': 'hours_to_failure'}}}) }}

{#- A component that worked on for the whole horizon has no label 1, and one that failed within it no label 0. -#}
{%- set horizon = horizon_hours() -%}
with hours as (

    select * from {{ made_rows(ref('hours_to_failure')) }}

),

labels as (

    {% for component in var('components') -%}
    select
        machine_id,
        as_of,
        '{{ component }}' as component,
        fails_{{ component }} as fails
    from {{ made_rows(ref('failure_labels')) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    hours.machine_id,
    hours.as_of,
    hours.component
from hours
inner join labels
    on
        hours.machine_id = labels.machine_id
        and hours.as_of = labels.as_of
        and hours.component = labels.component
where
    (hours.hours_high <= {{ horizon }} and labels.fails = 0)
    or (hours.hours_low >= {{ horizon }} and coalesce(hours.hours_high > {{ horizon }}, true) and labels.fails = 1)
