{#- The midnight that begins the day of a timestamp, in microseconds. -#}
{% macro day_us(timestamp) -%}
    {{ int_div(us(timestamp), hours_us(24)) }} * {{ hours_us(24) }}
{%- endmacro %}
