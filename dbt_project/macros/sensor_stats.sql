{#- Statistics in the sensor's unit from exact sums in its steps. The variance's cancellation happens in whole numbers, and
    what is made of statistics is made of doubles: a feature is rounded once, when it is stored. -#}
{% macro mean_of(sensor, n, total) -%}
    cast({{ total }} as double) / (nullif({{ n }}, 0) * {{ steps_per_unit(sensor) }})
{%- endmacro %}

{#- NULL for more readings than whole numbers of 38 digits can square exactly. -#}
{% macro sd_of(sensor, n, total, squares) -%}
    case when {{ n }} > 1 {%- if sum_type(sensor) != 'bigint' %} and {{ n }} <= {{ (9 * 10 ** 18) // (most_steps(sensor) | int) }}{% endif %} then sqrt(
        cast({{ n }} * {{ squares }} - cast({{ total }} as {{ wide_integer() }}) * {{ total }} as double)
        / (cast({{ n }} as double) * ({{ n }} - 1) * {{ steps_per_unit(sensor) ** 2 }})
    ) end
{%- endmacro %}

{% macro in_units(sensor, steps) -%}
    cast({{ steps }} as double) / {{ steps_per_unit(sensor) }}
{%- endmacro %}

{#- A statistic as it is stored: models learn from no more digits, and files are half as large. -#}
{% macro as_feature(statistic) -%}
    cast({{ statistic }} as float)
{%- endmacro %}
