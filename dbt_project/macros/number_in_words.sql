{#- A number as text, written in full and alike on every engine: whole ones without a point, others to six decimals. -#}
{% macro number_in_words(number) -%}
    case
        when abs({{ number }}) >= 1e15 then cast({{ number }} as {{ dbt.type_string() }})
        when {{ number }} = floor({{ number }}) then cast(cast({{ number }} as bigint) as {{ dbt.type_string() }})
        else regexp_replace(cast(cast({{ number }} as decimal(38, 6)) as {{ dbt.type_string() }}), '0+$', '')
    end
{%- endmacro %}
