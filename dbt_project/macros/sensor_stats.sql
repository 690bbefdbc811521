{#- Statistics in the sensor's unit from exact sums in its steps. The variance's cancellation happens in whole numbers. -#}
{% macro mean_of(n, total) -%}
    cast({{ total }} as double) / (nullif({{ n }}, 0) * {{ steps_per_unit() }})
{%- endmacro %}

{% macro sd_of(n, total, squares) -%}
    case when {{ n }} > 1 then sqrt(
        cast({{ n }} * {{ squares }} - cast({{ total }} as {{ wide_integer() }}) * {{ total }} as double)
        / (cast({{ n }} as double) * ({{ n }} - 1) * {{ steps_per_unit() ** 2 }})
    ) end
{%- endmacro %}

{% macro in_units(steps) -%}
    cast({{ steps }} as double) / {{ steps_per_unit() }}
{%- endmacro %}
