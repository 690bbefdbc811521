{#- Spark's counterpart of replace_range. -#}
{% macro get_insert_overwrite_sql(source_relation, target_relation, existing_relation) -%}
    {%- set meta = config.get('meta') -%}
    {%- set from_us = build_from_us(meta.get('range_back_hours', 0)) if meta.get('range_column') else none -%}
    {%- do replace_partitions(target_relation, 'select * from ' ~ source_relation, meta.get('range_column'), from_us) -%}
    select 1 as made  {# the statement that dbt waits for #}
{%- endmacro %}

{#- Overwrite what the `clock` of the table dates from `from_us` on, or all of it, by the rows of a query. Only the partitions
    that hold new rows are overwritten, so those that no row falls into any more go afterwards: they are the ones that still
    have a file from before. Of the month that the window begins in, what lies under its first is written anew where some of
    it is in the window. -#}
{% macro replace_partitions(target, query, clock, from_us) -%}
    {%- set since = (' and ' ~ clock ~ ' >= ' ~ timestamp_literal(from_us) ~ on_days_since(clock, from_us)) if from_us is not none else '' -%}
    {%- set window = target ~ ' where true' ~ since -%}
    {%- set before = run_query('select distinct cast(day as string), _metadata.file_name from ' ~ window).rows if clock else [] -%}
    {%- set month = month_of_us(from_us) | string if from_us is not none -%}
    {%- set is_parted = from_us is not none and month != date_of_us(from_us) | string and month in before | map(attribute=0) | list -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute='quoted') | join(', ') if is_parted else '*' -%}
    {%- call statement('overwrite') %}
    insert overwrite table {{ target }} by name
    select {{ columns }} from ({{ query }})
    {%- if is_parted %}
    union all
    select {{ columns }} from {{ target }}
    where day = date '{{ month }}' and {{ clock }} < {{ timestamp_literal(from_us) }}
    {%- endif %}
    {%- endcall -%}
    {%- if before | length -%}
        {%- set stale = run_query(
            'select distinct day from ' ~ window ~ " and _metadata.file_name in ('" ~ before | map(attribute=1) | unique | join("', '") ~ "')"
        ).columns[0].values() -%}
        {%- for day in stale -%}
            {%- do run_query('alter table ' ~ target ~ " drop partition (day = date '" ~ day ~ "')") -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
