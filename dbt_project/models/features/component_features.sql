{{ config(materialized='incremental', meta={'range_column': 'as_of', 'slices': {'table': 'spine', 'column': 'as_of'}}) }}
{%- set components = var('components') -%}
{%- set last = {} -%}
{%- for component in components -%}
    {%- do last.update({
        feature_name(component, 'hours_since_replacement') | trim: 'replaced ' ~ component,
        feature_name(component, 'hours_since_failure') | trim: 'failed ' ~ component
    }) -%}
{%- endfor %}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of') }} {{ in_slice('as_of') }}

),

component_events as (

    select
        machine_id,
        event_at,
        available_at,
        concat('replaced ', component) as what
    from {{ ref('stg_replacements') }}

    union all

    select
        machine_id,
        event_at,
        available_at,
        concat('failed ', component) as what
    from {{ ref('stg_failures') }}

),

{{ latest_events('component_events', 'what', last) }},

final as (

    select
        spine.machine_id,
        spine.as_of,
        spine.as_of_us
        {%- for feature in last %},
        {{ hours_between_us('latest.' ~ feature ~ '_us', 'spine.as_of_us') }} as {{ feature }}
        {%- endfor %}
    from spine
    left join latest
        on
            spine.machine_id = latest.machine_id
            and spine.as_of_us = latest.as_of_us

)

-- In time order without a sort: the spine is streamed as it lies.
select * from final
