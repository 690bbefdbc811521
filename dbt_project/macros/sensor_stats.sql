{#- Statistics from exact sums n, sum, squares (decimals). The variance's cancellation happens in exact arithmetic. -#}
{% macro mean_of(n, total) -%}
    cast({{ total }} as double) / nullif({{ n }}, 0)
{%- endmacro %}

{% macro sd_of(n, total, squares) -%}
    case when {{ n }} > 1 then sqrt(
        cast({{ n }} * {{ squares }} - {{ total }} * {{ total }} as double) / (cast({{ n }} as double) * ({{ n }} - 1))
    ) end
{%- endmacro %}
