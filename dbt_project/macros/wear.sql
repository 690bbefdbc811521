{#- A gauge's distance from how it was while the machine was new. New is a machine for `new_hours` from the bucket of its first
    reading in service on; a sensor that names the `component` whose wear it shows begins again with the first whole bucket after
    a replacement of that component, planned or corrective, as far as it is known. Replacing another part makes nothing new that
    such a sensor speaks of, and a sensor of the whole machine comes back to how it was of itself when its worn part goes. -#}
{% macro tells_wear() -%}
    {#- Parsing comes before check_vars refuses hours that are none. -#}
    {{ return(var('new_hours') is integer and var('new_hours') is not boolean and var('new_hours') > 0) }}
{%- endmacro %}

{#- How long that is after the end of its first bucket, in microseconds. -#}
{% macro new_span_us() -%}
    {{ return(hours_us(var('new_hours')) - hours_us(bucket_hours())) }}
{%- endmacro %}

{#- From how many readings of that time on a sensor has a normal of it: as `least_baseline_readings` of the trailing one. -#}
{% macro least_new_readings() -%}
    {{ return([var('min_baseline_readings'), [readings_due(var('new_hours')) // 2, 2] | max] | min) }}
{%- endmacro %}

{#- The components that sensors name, each once, and none for the sensors that name none. -#}
{% macro worn_parts() -%}
    {%- set found = [none] -%}
    {%- for sensor in sensors_of('gauge') -%}
        {%- set part = var('sensors')[sensor].get('component') -%}
        {%- if part not in found -%}{%- do found.append(part) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The sums of a gauge that a mean and a spread are made of. -#}
{% macro mean_and_spread_sums(sensor) -%}
    {{ return([
        {'name': 'n', 'merge': 'sum', 'type': 'bigint', 'in_base': true},
        {'name': 'sum', 'merge': 'sum', 'type': sum_type(sensor), 'in_base': true},
        {'name': 'squares', 'merge': 'sum', 'type': wide_integer(), 'in_base': true},
    ]) }}
{%- endmacro %}

{#- The CTEs up to `worn`: the rows of a CTE with, of every gauge, `<sensor>_new` and `<sensor>_new_spread`, as they were known
    when that time was over, or by now where it is not. Needs a CTE `spine`. -#}
{% macro with_wear(rows) -%}
{%- set lives, early_readings = ref('machine_lives'), ref('early_readings') -%}
{%- set width = hours_us(bucket_hours()) -%}
{%- set parts = worn_parts() -%}
began as (

    select
        spine.machine_id,
        spine.as_of,
        spine.as_of_us
        {%- for part in parts %},
        {% if part is none -%}
        {{ bucket_end_us('lives.from_us') }} as machine_first_us
        {%- else -%}
        {%- set replaced_us = us_before('components.' ~ feature_name(part, 'hours_since_replacement'), 'spine.as_of_us') %}
        greatest({{ bucket_end_us('lives.from_us') }}, {{ bucket_end_us(replaced_us) }} + {{ width }})
            as {{ part }}_first_us
        {%- endif %}
        {%- endfor %}
    from spine
    left join {{ lives }} as lives
        on
            spine.machine_id = lives.machine_id
            and spine.as_of_us >= {{ bucket_end_us('lives.from_us') }}
            and (lives.until_us is null or spine.as_of_us < lives.until_us)
    {%- if parts | length > 1 %}
    left join {{ ref('component_features') }} as components
        on
            spine.machine_id = components.machine_id
            and spine.as_of = components.as_of
    {%- endif %}

),

worn as (

    select
        {{ rows }}.*
        {%- for sensor in sensors_of('gauge') %}
        {%- set told = compared(sensor) %}
        {%- set early = 'early_' ~ (var('sensors')[sensor].get('component') or 'machine') ~ '.' ~ told %}
        {%- set n, total, squares = early ~ '_n', early ~ '_sum', early ~ '_squares' %},
        case when {{ n }} >= {{ least_new_readings() }} then {{ mean_of(told, n, total) }} end as {{ told }}_new,
        case when {{ n }} >= {{ least_new_readings() }} then {{ sd_of(told, n, total, squares) }} end as {{ told }}_new_spread
        {%- endfor %}
    from {{ rows }}
    inner join began
        on
            {{ rows }}.machine_id = began.machine_id
            and {{ rows }}.as_of = began.as_of
    {%- for part in parts %}
    {%- set name = part or 'machine' %}
    left join {{ early_readings }} as early_{{ name }}
        on
            began.machine_id = early_{{ name }}.machine_id
            and began.{{ name }}_first_us = early_{{ name }}.first_us
            and early_{{ name }}.as_of_us = least(began.as_of_us, began.{{ name }}_first_us + {{ new_span_us() }})
    {%- endfor %}

),
{%- endmacro %}
