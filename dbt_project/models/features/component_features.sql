{{ config(materialized='incremental', meta={'range_column': 'as_of', 'slices': {'table': 'spine', 'column': 'as_of'}}) }}
{%- set components = var('components') %}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of') }} {{ in_slice('as_of') }}

),

{{ latest_events(ref('stg_replacements'), 'component', components) }},

final as (

    select
        spine.machine_id,
        spine.as_of,
        spine.as_of_us
        {%- for component in components %},
        latest.{{ component }}_last_us,
        {{ hours_between_us('latest.' ~ component ~ '_last_us', 'spine.as_of_us') }}
            as {{ feature_name(component, 'hours_since_replacement') }}
        {%- endfor %}
    from spine
    left join latest
        on
            spine.machine_id = latest.machine_id
            and spine.as_of_us = latest.as_of_us

)

select * from final
order by as_of_us, machine_id
