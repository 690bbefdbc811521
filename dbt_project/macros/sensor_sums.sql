{#- The five sums of one sensor's readings that merge exactly: count, sum, sum of squares, lowest, highest. Needs the
    readings `in_steps`: sums of whole numbers do not depend on the order of their rows, and cost half of what decimals do. -#}
{% macro sensor_sums(sensor) -%}
    count({{ sensor }}) as {{ sensor }}_n,
    cast(sum({{ sensor }}) as bigint) as {{ sensor }}_sum,
    cast(sum(cast({{ sensor }} as {{ wide_integer() }}) * {{ sensor }}) as {{ wide_integer() }}) as {{ sensor }}_squares,
    min({{ sensor }}) as {{ sensor }}_low,
    max({{ sensor }}) as {{ sensor }}_high
{%- endmacro %}

{#- A reading as a whole number of steps, of which `steps_per_unit` make one of the sensor's units. As a double it is off
    by a fiftieth of a step at most (landing refuses readings beyond 1e8), so rounding gives the very number. -#}
{% macro in_steps(sensor) -%}
    cast(round(cast({{ sensor }} as double) * {{ steps_per_unit() }}) as bigint) as {{ sensor }}
{%- endmacro %}

{% macro steps_per_unit() -%}
    {{ return(10 ** var('sensor_decimals')) }}
{%- endmacro %}
