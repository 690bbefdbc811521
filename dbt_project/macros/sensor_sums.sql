{#- The five sums of one sensor's readings that merge exactly: count, sum, sum of squares, lowest, highest.
    Readings are decimals, so that a sum does not depend on the order of its rows. -#}
{% macro sensor_sums(sensor) -%}
    count({{ sensor }}) as {{ sensor }}_n,
    sum({{ sensor }}) as {{ sensor }}_sum,
    sum({{ sensor }} * {{ sensor }}) as {{ sensor }}_squares,
    min({{ sensor }}) as {{ sensor }}_low,
    max({{ sensor }}) as {{ sensor }}_high
{%- endmacro %}
