{#- The spans of `made`, shortest first, that side by side are the target, the longest first. -#}
{% macro pieces_of(target, made) -%}
    {%- set pieces = [] -%}
    {%- set rest = namespace(length=target.length) -%}
    {%- for span in made | reverse -%}
        {%- for _ in range(rest.length // span.length) -%}
            {%- do pieces.append({'of': span.name, 'level': span.level, 'back': target.nearest + target.length - rest.length}) -%}
            {%- set rest.length = rest.length - span.length -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(pieces) }}
{%- endmacro %}
