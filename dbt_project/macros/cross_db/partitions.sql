{#- Spark's tables of growing models are partitioned by `day`, the date of the model's clock (`meta.range_column`), or by the
    column that `meta.partition_column` names; DuckDB's skip row groups and need neither.

    A partition costs 40 ms, and most of a small fleet's build: there a build of all history puts what is older than the days
    that nights restate into one partition a month, under its first day. So a row lies under its own date, or under the first
    of its month; landing's tables, whose clock is `datetime`, know dates alone. -#}

{#- `and day >= ...`, where the clock says `from_us` at least. -#}
{% macro on_days_since(timestamp, from_us) -%}{{ return(adapter.dispatch('on_days_since')(timestamp, from_us)) }}{%- endmacro %}
{% macro default__on_days_since(timestamp, from_us) -%}{{ return('') }}{%- endmacro %}
{% macro spark__on_days_since(timestamp, from_us) -%}
    {%- set alias, _, name = timestamp.rpartition('.') -%}
    {%- set first = date_of_us(from_us) if name == 'datetime' else month_of_us(from_us) -%}
    {{ return(' and ' ~ (alias ~ '.' if alias else '') ~ "day >= date '" ~ first ~ "'") }}
{%- endmacro %}

{#- The date of a moment, and the first of its month. -#}
{% macro date_of_us(us) -%}
    {{ return((modules.datetime.datetime(1970, 1, 1) + modules.datetime.timedelta(microseconds=us)).date()) }}
{%- endmacro %}

{% macro month_of_us(us) -%}{{ return(date_of_us(us).replace(day=1)) }}{%- endmacro %}

{#- The first date that has a partition of its own in a build of all history; none where all have. -#}
{% macro first_own_day() -%}
    {%- set days = var('restate_days') + label_reach_hours() // 24 + 1 -%}
    {{ return(asked_once(
        'select case when sum(rows) <= ' ~ var('slice_rows') ~ ' then cast(date_sub(cast(max(last_datetime) as date), ' ~ days ~ ') as string) end '
        ~ 'from ' ~ source('raw', 'landed_files') ~ " where feed = 'telemetry'"
    )) }}
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
    {%- set create -%}
    create table {{ relation }} {{ file_format_clause() }} {{ partition_cols(label='partitioned by') }} as
    {{ in_partitions(compiled_code, first_own_day() if partition_column() == 'day') }}
    {%- endset -%}
    {%- if not config.get('contract').enforced -%}{{ return(create) }}{%- endif -%}
    {%- do run_query(create) -%}
    {%- do refuse_other_columns(relation) -%}
    select 1 as made  {# the statement that dbt waits for #}
{%- endmacro %}

{#- The contract of a model, asked of the table that it has made: dbt would have Spark analyse the query once more to learn its
    columns, which costs more than many a small table. The table before is gone by then either way. -#}
{% macro refuse_other_columns(relation) -%}
    {%- set declared, made = [], [] -%}
    {%- for column in model.columns.values() -%}
        {%- do declared.append(described(column.name, column.data_type)) -%}
    {%- endfor -%}
    {%- set helpers = [] if partition_column() in model.columns else [partition_column()] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name not in helpers -%}
        {%- do made.append(described(column.name, column.dtype)) -%}
    {%- endfor -%}
    {%- if declared | sort(attribute='formatted') != made | sort(attribute='formatted') -%}
        {%- do adapter.drop_relation(relation.incorporate(type='table')) -%}
        {%- do exceptions.raise_contract_error(declared, made) -%}
    {%- endif -%}
{%- endmacro %}

{% macro described(name, type) -%}
    {%- set type = plain_type(type | lower) -%}
    {{ return({'name': name | lower, 'data_type': type, 'formatted': (name | lower) ~ ' ' ~ type}) }}
{%- endmacro %}

{#- A model's rows with their partition, one file a partition; of dates before `first_own_day` that of their month. The order
    that a model asks for is lost: nobody reads Spark's tables in order. -#}
{% macro in_partitions(compiled_code, first_own_day=none) -%}
    {%- set column, clock = partition_column(), (config.get('meta') or {}).get('range_column') -%}
    {%- if not column -%}{{ return(compiled_code) }}{%- endif -%}
    {%- set date = 'cast(' ~ clock ~ ' as date)' -%}
    select
        *{% if column == 'day' %},
        {% if first_own_day -%}
        case when {{ date }} < date '{{ first_own_day }}' then trunc({{ date }}, 'MM') else {{ date }} end as day
        {%- else -%}
        {{ date }} as day
        {%- endif %}{% endif %}
    from (
        {{ compiled_code }}
    ) as model_rows
    distribute by {{ column }}
{%- endmacro %}
