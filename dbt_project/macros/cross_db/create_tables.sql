{#- Tables as {schema, name, columns, later_columns, helpers, partitions}, each column a name with its type: made where they
    are missing, with the `later_columns` that an older one lacks. On Spark, which alone has partitions, the `helpers` that
    they need come behind the columns. -#}
{% macro create_tables(tables) -%}{{ return(adapter.dispatch('create_tables')(tables)) }}{%- endmacro %}

{% macro default__create_tables(tables) -%}
    {%- for table in tables %}
    create schema if not exists {{ table.schema }};
    create table if not exists {{ table.schema }}.{{ table.name }} ({{ table.columns | join(', ') }});
    {%- for column in table.later_columns or [] %}
    alter table {{ table.schema }}.{{ table.name }} add column if not exists {{ column }};
    {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- Spark takes one statement at a time: they are run here, and the hook is left with nothing. What the catalogue's list of
    tables says of one costs no statement of its own. -#}
{% macro spark__create_tables(tables) -%}
    {%- for table in tables if execute -%}
        {%- set relation = api.Relation.create(schema=table.schema, identifier=table.name, type='table') -%}
        {%- set found = load_relation(relation) -%}
        {%- if found is none -%}
            {%- do adapter.create_schema(relation) -%}
            {%- do run_query(
                'create table if not exists ' ~ relation ~ ' (' ~ (table.columns + (table.helpers or [])) | join(', ') ~ ') using parquet'
                ~ (' partitioned by (' ~ table.partitions | join(', ') ~ ')' if table.partitions else '')
            ) -%}
            {%- do adapter.cache_added(relation) -%}
        {%- else -%}
            {%- set known = listed_columns(found) -%}
            {%- for column in table.later_columns or [] if column.split()[0] not in known -%}
                {%- do run_query('alter table ' ~ relation ~ ' add columns (' ~ column ~ ')') -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The names of the columns of a table, as Spark's list of tables tells them. -#}
{% macro listed_columns(relation) -%}
    {{ return(modules.re.findall('(?m)^ [|]-- (.+?): [a-z]', relation.information or '')) }}
{%- endmacro %}
