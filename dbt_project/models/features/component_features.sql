{%- set components = var('components') -%}

with spine as (

    select * from {{ ref('spine') }}

),

replacements as (

    select
        machine_id,
        component,
        {{ us('event_at') }} as event_us,
        greatest({{ us('event_at') }}, {{ us('available_at') }}) as known_us
    from {{ ref('stg_replacements') }}

),

timeline as (

    select
        machine_id,
        as_of_us as moment_us,
        true as is_snapshot,
        cast(null as varchar) as component,
        cast(null as bigint) as event_us
    from spine

    union all

    select
        machine_id,
        known_us as moment_us,
        false as is_snapshot,
        component,
        event_us
    from replacements

),

latest as (

    select
        machine_id,
        moment_us,
        is_snapshot
        {%- for component in components %},
        max(case when component = '{{ component }}' then event_us end) over known as {{ component }}_last_us
        {%- endfor %}
    from timeline
    window known as (
        partition by machine_id order by moment_us
        range between unbounded preceding and current row
    )

),

final as (

    select
        spine.machine_id,
        spine.as_of
        {%- for component in components %},
        {{ hours_between_us('latest.' ~ component ~ '_last_us', 'spine.as_of_us') }} as {{ feature_name(component, 'hours_since_replacement') }}
        {%- endfor %}
    from spine
    inner join latest
        on
            spine.machine_id = latest.machine_id
            and spine.as_of_us = latest.moment_us
            and latest.is_snapshot

)

select * from final
