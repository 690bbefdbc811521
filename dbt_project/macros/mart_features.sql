{#- Every feature of the mart, in order, with the relation it comes from: the list that the mart selects, that its
    column test checks and that Python trains on. -#}
{% macro mart_features() -%}
    {%- set columns = [] -%}
    {%- for sensor in var('sensors') -%}
        {%- for stat, hours in sensor_features_of(sensor) -%}
            {%- do columns.append({'relation': 'sensor_features', 'name': feature_name(sensor, stat, hours)}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for hours in var('windows_hours') if tells_running() -%}
        {%- do columns.append({'relation': 'sensor_features', 'name': feature_name(not_running(), 'n', hours)}) -%}
    {%- endfor -%}
    {%- for subject in ['errors'] + (var('error_codes') | list) -%}
        {%- for hours in var('windows_hours') -%}
            {%- do columns.append({'relation': 'error_features', 'name': feature_name(subject, 'count', hours)}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for code in var('error_codes') -%}
        {%- do columns.append({'relation': 'error_features', 'name': feature_name(code, 'hours_since')}) -%}
    {%- endfor -%}
    {%- for component in var('components') -%}
        {%- for stat in ['hours_since_replacement', 'hours_since_failure'] -%}
            {%- do columns.append({'relation': 'component_features', 'name': feature_name(component, stat)}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- A mart row without its labels, as a column list: what a restatement compares. -#}
{% macro feature_columns() -%}
    machine_id, as_of, model, age, {{ mart_features() | map(attribute='name') | join(', ') }}
{%- endmacro %}
