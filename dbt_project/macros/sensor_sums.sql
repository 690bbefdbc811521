{#- The five sums of one sensor's readings that merge exactly: count, sum, sum of squares, lowest, highest. Needs the
    readings `in_steps`: sums of whole numbers do not depend on the order of their rows, and cost half of what decimals do. -#}
{% macro sensor_sums(sensor) -%}
    count({{ sensor }}) as {{ sensor }}_n,
    cast(sum({{ sensor }}) as {{ sum_type(sensor) }}) as {{ sensor }}_sum,
    cast(sum(cast({{ sensor }} as {{ wide_integer() }}) * {{ sensor }}) as {{ wide_integer() }}) as {{ sensor }}_squares,
    min({{ sensor }}) as {{ sensor }}_low,
    max({{ sensor }}) as {{ sensor }}_high
{%- endmacro %}

{#- A reading as a whole number of steps, of which `steps_per_unit` make one of the sensor's units. As a double it is off
    by a fraction of a step (staging keeps none of more than 1e15 steps), so rounding gives the very number. -#}
{% macro in_steps(sensor) -%}
    cast(round(cast({{ sensor }} as double) * {{ steps_per_unit(sensor) }}) as bigint) as {{ sensor }}
{%- endmacro %}

{% macro steps_per_unit(sensor) -%}
    {{ return(10 ** sensor_decimals(sensor)) }}
{%- endmacro %}

{#- Sums of ordinary readings fit a BIGINT; those of a sensor whose range takes more than 1e14 steps are wider, and slower. -#}
{% macro sum_type(sensor) -%}
    {{ return(wide_integer() if most_steps(sensor) > 10 ** 14 else 'bigint') }}
{%- endmacro %}
