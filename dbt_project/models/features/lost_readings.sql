{{ config(meta={'range_column': 'as_of'}) }}
{#- The shortest window of a day or more: a feed that breaks shows overnight, and an hour without is no loss. -#}
{%- set windows = var('windows_hours') | sort -%}
{%- set window = (windows | select('ge', 24) | list or windows[-1:]) | first %}

with sensor_features as (

    select * from {{ ref('sensor_features') }}
    where true {{ since_build_at('as_of') }}

),

-- More may come than are due; nothing is lost then.
final as (

    select
        machine_id,
        as_of
        {%- for sensor in var('sensors') %},
        greatest(
            cast(0 as double),
            {% if tells_running() -%}
            -- While a machine does not run, nothing is due.
            coalesce(1 - cast(coalesce({{ feature_name(sensor, 'n', window) }}, 0) as double)
            / nullif(greatest({{ [readings_due(window), 1] | max }} - {{ feature_name(not_running(), 'n', window) }}, 0), 0), 0)
            {%- else -%}
            1 - cast(coalesce({{ feature_name(sensor, 'n', window) }}, 0) as double)
            / cast({{ [readings_due(window), 1] | max }} as double)
            {%- endif %}
        ) as {{ feature_name(sensor, 'readings_lost') }}
        {%- endfor %}
    from sensor_features

)

select * from final
