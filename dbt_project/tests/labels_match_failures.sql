{{ config(meta={'dagster': {'ref': {'name': 'failure_labels'}}}) }}

{#- The labels once more, straight from the outages: every settled snapshot with a failure of the component in
    (as_of, as_of + horizon] says 1, and no other does. Independent of the buckets that failure_labels counts in. -#}
with labels as (

    select
        *,
        {{ us('as_of') }} as as_of_us
    from {{ ref('failure_labels') }}

),

failures as (

    select
        machine_id,
        component,
        {{ us('failed_at') }} as event_us
    from {{ ref('outages') }}

),

expected as (

    select
        labels.machine_id,
        labels.as_of,
        1 as fails_any
        {%- for component in var('components') %},
        max(case when failures.component = '{{ component }}' then 1 else 0 end) as fails_{{ component }}
        {%- endfor %}
    from labels
    inner join failures
        on
            labels.machine_id = failures.machine_id
            and labels.as_of_us < failures.event_us
            and labels.as_of_us + {{ hours_us(var('horizon_hours')) }} >= failures.event_us
    group by labels.machine_id, labels.as_of

)

select
    labels.machine_id,
    labels.as_of
from labels
left join expected
    on
        labels.machine_id = expected.machine_id
        and labels.as_of = expected.as_of
where
    labels.label_status not in ('pending', 'down')
    and (
        coalesce(labels.fails_any, 0) != coalesce(expected.fails_any, 0)
        {%- for component in var('components') %}
        or coalesce(labels.fails_{{ component }}, 0) != coalesce(expected.fails_{{ component }}, 0)
        {%- endfor %}
    )
