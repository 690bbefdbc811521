{#- The five sums of one sensor's readings that merge exactly: count, sum, sum of squares, lowest, highest.
    Readings are decimals, so that a sum does not depend on the order of its rows; a product keeps the width of
    its factors, so one of them is widened first. -#}
{% macro sensor_sums(sensor) -%}
    count({{ sensor }}) as {{ sensor }}_n,
    sum({{ sensor }}) as {{ sensor }}_sum,
    sum(cast({{ sensor }} as decimal(38, {{ var('sensor_decimals') }})) * {{ sensor }}) as {{ sensor }}_squares,
    min({{ sensor }}) as {{ sensor }}_low,
    max({{ sensor }}) as {{ sensor }}_high
{%- endmacro %}
