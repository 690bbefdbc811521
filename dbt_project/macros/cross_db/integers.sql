{#- The type of whole numbers beyond BIGINT: squares and products of sums. -#}
{% macro wide_integer() -%}{{ return(adapter.dispatch('wide_integer')()) }}{%- endmacro %}
{% macro default__wide_integer() -%}{{ return('hugeint') }}{%- endmacro %}
