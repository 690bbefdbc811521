{#- Rows of the CTE `events` but those that were known, by the same `keys`, before this build's window: they stand in the table,
    whoever reports them again. -#}
{% macro newly_known(events, keys) -%}
    select {{ events }}.*
    from {{ events }}
    {% if build_from_us() is not none -%}
    left join {{ this }} as before
        on
            before.available_at < {{ timestamp_literal(build_from_us()) }}
            {%- for key in keys %}
            and {{ events }}.{{ key }} = before.{{ key }}
            {%- endfor %}
    where before.machine_id is null
    {%- endif %}
{%- endmacro %}
