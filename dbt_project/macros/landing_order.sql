{#- A number that orders reports as they landed: by file, and within one by when they were known. -#}
{% macro landing_order(file_id, known_at) -%}
    cast({{ file_id }} as {{ wide_integer() }}) * 10000000000000000 + {{ us(known_at) }}
{%- endmacro %}
