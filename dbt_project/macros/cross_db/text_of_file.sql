{#- The text of a small file beside the project; none where it is not there, or where the engine runs on other machines. -#}
{% macro text_of_file(path) -%}{{ return(adapter.dispatch('text_of_file')(path)) }}{%- endmacro %}
{% macro default__text_of_file(path) -%}
    {%- if not run_query('select file from glob(' ~ text_literal(path) ~ ')').rows -%}{{ return(none) }}{%- endif -%}
    {{ return(run_query('select content from read_text(' ~ text_literal(path) ~ ')').columns[0].values() | first) }}
{%- endmacro %}
{% macro spark__text_of_file(path) -%}{{ return(none) }}{%- endmacro %}
