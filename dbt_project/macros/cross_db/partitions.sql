{#- Spark's tables of growing models are partitioned by `day`, the date of the model's clock (`meta.range_column`), or by the
    column that `meta.partition_column` names; DuckDB's skip row groups and need neither. -#}

{#- `and day >= ...`, where the clock says `from_us` at least. -#}
{% macro on_days_since(timestamp, from_us) -%}{{ return(adapter.dispatch('on_days_since')(timestamp, from_us)) }}{%- endmacro %}
{% macro default__on_days_since(timestamp, from_us) -%}{{ return('') }}{%- endmacro %}
{% macro spark__on_days_since(timestamp, from_us) -%}
    {%- set alias = timestamp.rpartition('.')[0] -%}
    {{ return(' and ' ~ (alias ~ '.' if alias else '') ~ 'day >= cast(' ~ timestamp_literal(from_us) ~ ' as date)') }}
{%- endmacro %}

{#- Columns that a table has beyond the model's own. -#}
{% macro helper_columns() -%}{{ return(adapter.dispatch('helper_columns')()) }}{%- endmacro %}
{% macro default__helper_columns() -%}{{ return([]) }}{%- endmacro %}
{% macro spark__helper_columns() -%}{{ return(['day']) }}{%- endmacro %}

{#- The partition column of the model being built; none for a table without. -#}
{% macro partition_column() -%}
    {%- set meta = config.get('meta') or {} -%}
    {{ return(meta.get('partition_column') or ('day' if meta.get('range_column') else none)) }}
{%- endmacro %}

{#- dbt-spark asks this for `partitioned by` and `partition`. -#}
{% macro spark__partition_cols(label, required=false) -%}
    {%- if partition_column() %} {{ label }} ({{ partition_column() }}){% endif -%}
{%- endmacro %}

{#- dbt calls this for every table and for the view that an incremental build goes through. -#}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if temporary -%}
        {{ return(create_temporary_view(relation, in_partitions(compiled_code))) }}
    {%- endif -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif %}
    create table {{ relation }} {{ file_format_clause() }} {{ partition_cols(label='partitioned by') }} as
    {{ in_partitions(compiled_code) }}
{%- endmacro %}

{#- A model's rows with their partition, one file a partition. The order that a model asks for is lost: nobody reads Spark's
    tables in order. -#}
{% macro in_partitions(compiled_code) -%}
    {%- set column, clock = partition_column(), (config.get('meta') or {}).get('range_column') -%}
    {%- if not column -%}{{ return(compiled_code) }}{%- endif -%}
    select
        *{% if column == 'day' %},
        cast({{ clock }} as date) as day{% endif %}
    from (
        {{ compiled_code }}
    ) as model_rows
    distribute by {{ column }}
{%- endmacro %}
