{#- The type of whole numbers beyond BIGINT: squares and products of sums. -#}
{% macro wide_integer() -%}{{ return(adapter.dispatch('wide_integer')()) }}{%- endmacro %}
{% macro default__wide_integer() -%}{{ return('hugeint') }}{%- endmacro %}
{% macro spark__wide_integer() -%}{{ return('decimal(38, 0)') }}{%- endmacro %}

{#- The exact sum of BIGINTs, which may itself be wider. -#}
{% macro wide_sum(expression) -%}{{ return(adapter.dispatch('wide_sum')(expression)) }}{%- endmacro %}
{% macro default__wide_sum(expression) -%}{{ return('sum(' ~ expression ~ ')') }}{%- endmacro %}
{% macro spark__wide_sum(expression) -%}{{ return('sum(cast(' ~ expression ~ ' as ' ~ wide_integer() ~ '))') }}{%- endmacro %}

{#- A type of the catalogue by the name that the models' tests know. -#}
{% macro plain_type(dtype) -%}{{ return(adapter.dispatch('plain_type')(dtype)) }}{%- endmacro %}
{% macro default__plain_type(dtype) -%}{{ return(dtype) }}{%- endmacro %}
{% macro spark__plain_type(dtype) -%}
    {{ return({'string': 'varchar', 'int': 'integer', 'timestamp_ntz': 'timestamp'}.get(dtype, dtype)) }}
{%- endmacro %}

{#- A text as a literal, whatever it holds. -#}
{% macro text_literal(text) -%}{{ return(adapter.dispatch('text_literal')(text)) }}{%- endmacro %}
{% macro default__text_literal(text) -%}{{ return("'" ~ text | replace("'", "''") ~ "'") }}{%- endmacro %}
{% macro spark__text_literal(text) -%}
    {{ return("'" ~ text | replace("\\", "\\\\") | replace("'", "\\'") ~ "'") }}
{%- endmacro %}
