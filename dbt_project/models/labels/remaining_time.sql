{%- set components = var('components') -%}
{%- set reasons = ['replacement', 'register', 'silence', 'data'] %}

with hours as (

    select * from {{ ref('hours_to_failure') }}

),

machines as (

    select
        machine_id,
        as_of,
        min(hours_low) as hours_low,
        min(hours_high) as hours_high,
        min(hours_low) filter (where ended_by = 'failure') as failure_low
        {%- for component in components %},
        min(hours_high) filter (where component = '{{ component }}') as {{ component }}_high
        {%- endfor %}
        {%- for reason in reasons %},
        min(hours_low) filter (where ended_by = '{{ reason }}') as {{ reason }}_low
        {%- endfor %}
    from hours
    group by machine_id, as_of

),

final as (

    select
        machine_id,
        as_of,
        case
            {%- for component in components %}
            when {{ component }}_high = hours_high then '{{ component }}'
            {%- endfor %}
        end as component,
        hours_low,
        hours_high,
        case
            when hours_high = hours_low then 'exact'
            when hours_high is not null then 'between'
            else 'longer'
        end as known,
        case
            when failure_low = hours_low then 'failure'
            {%- for reason in reasons %}
            when {{ reason }}_low = hours_low then '{{ reason }}'
            {%- endfor %}
        end as ended_by
    from machines

)

select * from final
