{#- The identifier of a code or component, where the var `names` maps it to the text that files hold; else what the file says.
    Files may hold either. -#}
{% macro identifier_of(column, names) -%}
    {%- set texts = var(names) -%}
    {%- set others = [] -%}
    {%- if texts is mapping -%}
        {%- for identifier, text in texts.items() if text != identifier -%}
            {%- do others.append('when ' ~ text_literal(text) ~ " then '" ~ identifier ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return('case ' ~ column ~ ' ' ~ others | join(' ') ~ ' else ' ~ column ~ ' end' if others else column) }}
{%- endmacro %}
