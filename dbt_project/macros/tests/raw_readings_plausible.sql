{#- Every raw reading behind the model lies within its sensor's min and max. Asked of raw, because staging holds the others
    for missing; `raw.findings` has them by file, with the commonest values. -#}
{% test raw_readings_plausible(model) %}
{%- set rules = {} -%}
{%- for name, sensor in var('sensors').items() -%}
    {%- do rules.update({name ~ ' from ' ~ sensor.min ~ ' to ' ~ sensor.max: is_plausible(name)}) -%}
{%- endfor -%}
{%- set from_us = made_since_us(model) -%}
{%- set since = ' where datetime >= ' ~ timestamp_literal(from_us) ~ on_days_since('datetime', from_us) if from_us is not none else '' -%}
{{ broken_rules('(select * from ' ~ source('raw', 'telemetry') ~ since ~ ')', rules) }}
{% endtest %}
