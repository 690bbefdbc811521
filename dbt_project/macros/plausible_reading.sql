{#- A raw reading, or nothing where it lies outside the sensor's min and max: a sentinel such as -9999 says no more than an
    empty cell does. NaN stays: it takes an earlier reading back. -#}
{% macro plausible_reading(sensor) -%}
    case when {{ is_plausible(sensor) }} then {{ sensor }} end
{%- endmacro %}

{% macro is_plausible(sensor) -%}
    {%- set known = var('sensors')[sensor] -%}
    {{ sensor }} between {{ known.min }} and {{ known.max }} or isnan({{ sensor }})
{%- endmacro %}
