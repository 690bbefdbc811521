{{ config(meta={'dagster': {'ref': {'name': 'horizon_labels'}}}) }}

{#- By the rule of horizon_labels the first horizon says what failure_labels says, but for failures of which hours_to_failure knows
    less: of the successor of what was replaced as planned, and of a machine that was not heard before it: those are unknown to it.
    And for a machine that was not heard any more within the horizon and failed after it, of which it knows more. Components that
    the vars do not name stand in no row of it. -#}
{%- set horizon = horizon_hours() -%}
with outcomes as (

    select
        machine_id,
        as_of,
        {{ fails_within(horizon) }} as fails
    from {{ made_rows(ref('hours_to_failure')) }}
    group by machine_id, as_of

),

unnamed as (

    select
        machine_id,
        {{ us('ended_at') }} as ended_us,
        {{ good_us() }} as good_us
    from {{ ref('component_endings') }}
    where component not in (
        {%- for component in var('components') %}
        '{{ component }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )

)

select
    labels.machine_id,
    labels.as_of,
    labels.fails_any,
    outcomes.fails
from {{ made_rows(ref('failure_labels')) }} as labels
inner join outcomes
    on
        labels.machine_id = outcomes.machine_id
        and labels.as_of = outcomes.as_of
left join {{ ref('machine_lives') }} as ended_lives
    on
        labels.machine_id = ended_lives.machine_id
        and {{ us('labels.as_of') }} < ended_lives.until_us
        and {{ us('labels.as_of') }} + {{ hours_us(horizon) }} >= ended_lives.until_us
left join unnamed
    on
        labels.machine_id = unnamed.machine_id
        and {{ us('labels.as_of') }} < unnamed.ended_us
        and {{ us('labels.as_of') }} + {{ hours_us(horizon) }} > unnamed.good_us
where
    unnamed.machine_id is null
    and labels.label_status in ('mature', 'censored')
    and coalesce(outcomes.fails, -1) != coalesce(labels.fails_any, -1)
    and (outcomes.fails is not null or labels.fails_any = 0)
    and not coalesce(outcomes.fails = 0 and labels.fails_any is null and ended_lives.machine_id is not null, false)
