{#- Spark's counterpart of replace_range. Only the partitions that hold new rows are overwritten, so those of the window that
    no row falls into any more go afterwards: they are the ones that still have a file from before. -#}
{% macro get_insert_overwrite_sql(source_relation, target_relation, existing_relation) -%}
    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {%- set meta = config.get('meta') -%}
    {%- set old_files = [] -%}
    {%- if meta.get('range_column') -%}
        {%- set from_us = build_from_us(meta.get('range_back_hours', 0)) -%}
        {%- set since = on_days_since(meta['range_column'], from_us) if from_us is not none else '' -%}
        {%- set window = target_relation ~ ' where true' ~ since -%}
        {%- do old_files.extend(run_query('select distinct _metadata.file_name from ' ~ window).columns[0].values()) -%}
    {%- endif -%}
    {%- call statement('overwrite') %}
    insert overwrite table {{ target_relation }} partition ({{ partition_column() }})
    select {{ columns }} from {{ source_relation }}
    {%- endcall -%}
    {%- if old_files -%}
        {%- set stale = run_query(
            'select distinct day from ' ~ window ~ " and _metadata.file_name in ('" ~ old_files | join("', '") ~ "')"
        ).columns[0].values() -%}
        {%- for day in stale -%}
            {%- do run_query('alter table ' ~ target_relation ~ " drop partition (day = date '" ~ day ~ "')") -%}
        {%- endfor -%}
    {%- endif %}
    refresh table {{ target_relation }}
{%- endmacro %}
