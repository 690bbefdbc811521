{#- The incremental strategy of every growing model: delete the rows from where the build begins, insert the new ones.
    `meta.range_column` is the model's clock, a timestamp; `meta.range_back_hours` how far before the window it rewrites. -#}
{% macro get_incremental_replace_range_sql(arg_dict) -%}
    {%- set meta = config.get('meta') -%}
    {%- set from_us = build_from_us(meta.get('range_back_hours', 0)) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    {%- if from_us is not none %} where {{ meta['range_column'] }} >= {{ timestamp_literal(from_us) }}{% endif %};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
