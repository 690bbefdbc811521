{#- dbt calls this for every schema: Spark's lie in the lake of NIGHTSHIFT_HOME, whatever the server's own default is. A home
    that is no absolute path is the session's own default. -#}
{% macro spark__create_schema(relation) -%}
    {%- set home = env_var('NIGHTSHIFT_HOME', '') -%}
    {%- call statement('create_schema') -%}
    create schema if not exists {{ relation.without_identifier() }}
    {%- if home.startswith('/') %} location '{{ home | replace("\\", "\\\\") | replace("'", "\\'") }}/lake/{{ relation.schema }}.db'{% endif %}
    {%- endcall -%}
{%- endmacro %}
