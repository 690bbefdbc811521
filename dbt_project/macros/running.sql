{#- Whether the fleet says when a machine runs: `running` in the mapping of a telemetry file. Readings of a machine that does
    not run are none: staging keeps their rows without values, and they are counted as a subject of their own. -#}
{% macro tells_running() -%}
    {%- set mapping = var('mapping', none) or {} -%}
    {%- set entries = mapping.get('telemetry') or [] -%}
    {%- set listed = [entries] if entries is mapping else entries -%}
    {{ return(listed | selectattr('running', 'defined') | list | length > 0) }}
{%- endmacro %}

{#- Whether the landed rows say so too: those of a home that landed before did not, and a machine ran as far as we know. -#}
{% macro raw_tells_running() -%}
    {%- if not execute or not tells_running() -%}{{ return(false) }}{%- endif -%}
    {%- set telemetry = adapter.get_relation(target.database, 'raw', 'telemetry') -%}
    {%- set columns = adapter.get_columns_in_relation(telemetry) | map(attribute='name') | map('lower') | list if telemetry else [] -%}
    {{ return('running' in columns) }}
{%- endmacro %}

{#- The subject under which rows of a machine that does not run are counted: `not_running_n_<window>h`. -#}
{% macro not_running() -%}{{ return('not_running') }}{%- endmacro %}
