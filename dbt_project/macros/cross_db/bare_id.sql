{#- What is left of an id without capitals, blanks, punctuation, leading zeros, a decimal of nothing and letters before a
    number, as `bare` in ingestion/spelling.py has it. -#}
{% macro bare_id(expression) -%}
    {%- set plain = replace_pattern('lower(trim(' ~ composed(expression) ~ '))', '[.]0+$', '') -%}
    {%- set plain = replace_pattern(plain, '[^\\p{L}\\p{N}]+', '') -%}
    {%- set plain = replace_pattern(plain, '^\\p{L}+([0-9]+)$', matched_group(1)) -%}
    coalesce(nullif({{ replace_pattern(plain, '^0+', '') }}, ''), left({{ plain }}, 1))
{%- endmacro %}

{#- Ids that are alike here are the same machine, if anybody meant to write it in one way: what is left without capitals, blanks,
    a decimal of nothing and zeros before a number. Letters and punctuation stay: A1 and B1 may well stand beside each other. -#}
{% macro alike_id(expression) -%}
    {%- set plain = replace_pattern('lower(' ~ composed(expression) ~ ')', '[.]0+$', '') -%}
    {%- set plain = replace_pattern(plain, '[\\s\\p{Z}]+', '') -%}
    {{ replace_pattern(plain, '(^|[^0-9])0+([0-9])', matched_group(1) ~ matched_group(2)) }}
{%- endmacro %}

{#- Codes that are alike here differ only in capitals, blanks and punctuation. -#}
{% macro alike_code(expression) -%}{{ replace_pattern('lower(' ~ expression ~ ')', '[^\\p{L}\\p{N}]+', '') }}{%- endmacro %}

{#- A text as words with a blank on either side, so that each can be looked for. -#}
{% macro as_words(expression) -%}concat(' ', {{ replace_pattern('lower(' ~ expression ~ ')', '[^\\p{L}\\p{N}_]+', ' ') }}, ' '){%- endmacro %}

{#- A text whose letters and accents are one character each, where they may come as two: files of a Mac spell so. Spark has no
    function for it. -#}
{% macro composed(text) -%}{{ return(adapter.dispatch('composed')(text)) }}{%- endmacro %}
{% macro default__composed(text) -%}nfc_normalize({{ text }}){%- endmacro %}
{% macro spark__composed(text) -%}{{ text }}{%- endmacro %}

{#- Every match of a regular expression in a text, replaced. -#}
{% macro replace_pattern(text, pattern, by) -%}{{ return(adapter.dispatch('replace_pattern')(text, pattern, by)) }}{%- endmacro %}
{% macro default__replace_pattern(text, pattern, by) -%}regexp_replace({{ text }}, '{{ pattern }}', '{{ by }}', 'g'){%- endmacro %}
{% macro spark__replace_pattern(text, pattern, by) -%}regexp_replace({{ text }}, r'{{ pattern }}', '{{ by }}'){%- endmacro %}

{% macro matched_group(number) -%}{{ return(adapter.dispatch('matched_group')(number)) }}{%- endmacro %}
{% macro default__matched_group(number) -%}{{ return('\\' ~ number) }}{%- endmacro %}
{% macro spark__matched_group(number) -%}{{ return('$' ~ number) }}{%- endmacro %}
