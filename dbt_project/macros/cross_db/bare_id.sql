{#- What is left of an id without capitals, blanks, punctuation, leading zeros, a decimal of nothing and letters before a
    number, as `bare` in ingestion/spelling.py has it. -#}
{% macro bare_id(expression) -%}
    {%- set plain = replace_pattern('lower(trim(' ~ expression ~ '))', '[.]0+$', '') -%}
    {%- set plain = replace_pattern(plain, '[^\\p{L}\\p{N}]+', '') -%}
    {%- set plain = replace_pattern(plain, '^\\p{L}+([0-9]+)$', first_group()) -%}
    coalesce(nullif({{ replace_pattern(plain, '^0+', '') }}, ''), left({{ plain }}, 1))
{%- endmacro %}

{#- Every match of a regular expression in a text, replaced. -#}
{% macro replace_pattern(text, pattern, by) -%}{{ return(adapter.dispatch('replace_pattern')(text, pattern, by)) }}{%- endmacro %}
{% macro default__replace_pattern(text, pattern, by) -%}regexp_replace({{ text }}, '{{ pattern }}', '{{ by }}', 'g'){%- endmacro %}
{% macro spark__replace_pattern(text, pattern, by) -%}regexp_replace({{ text }}, r'{{ pattern }}', '{{ by }}'){%- endmacro %}

{% macro first_group() -%}{{ return(adapter.dispatch('first_group')()) }}{%- endmacro %}
{% macro default__first_group() -%}{{ return('\\1') }}{%- endmacro %}
{% macro spark__first_group() -%}{{ return('$1') }}{%- endmacro %}
