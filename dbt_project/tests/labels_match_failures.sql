{{ config(meta={'dagster': {'ref': {'name': 'failure_labels'}}}) }}

{#- The labels once more, straight from the outages: every settled snapshot with a failure of the component in
    (as_of, as_of + horizon] says 1, and no other does; none says 0 where one may lie in it. Independent of the buckets that
    failure_labels counts in. -#}
{%- set certain -%}
case when labels.as_of_us <= failures.good_us and labels.as_of_us + {{ hours_us(horizon_hours()) }} >= failures.event_us then 1 else 0 end
{%- endset -%}
with labels as (

    select
        *,
        {{ us('as_of') }} as as_of_us
    from {{ made_rows(ref('failure_labels')) }}

),

failures as (

    select
        machine_id,
        component,
        {{ us('failed_at') }} as event_us,
        {{ good_us(found='failed_at') }} as good_us
    from {{ ref('outages') }}

),

expected as (

    select
        labels.machine_id,
        labels.as_of,
        max({{ certain }}) as fails_any
        {%- for component in var('components') %},
        max(case when failures.component = '{{ component }}' then {{ certain }} end) as fails_{{ component }}
        {%- endfor %}
    from labels
    inner join failures
        on
            labels.machine_id = failures.machine_id
            and labels.as_of_us < failures.event_us
            and labels.as_of_us + {{ hours_us(horizon_hours()) }} > failures.good_us
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
        or (labels.fails_any = 0 and expected.fails_any is not null)
        {%- for component in var('components') %}
        or coalesce(labels.fails_{{ component }}, 0) != coalesce(expected.fails_{{ component }}, 0)
        or (labels.fails_{{ component }} = 0 and expected.fails_{{ component }} is not null)
        {%- endfor %}
    )
