{#- The CTEs up to `marked`: the rows of a CTE, with `is_shared` where another one is of the same machine and moment. DuckDB
    puts them in order of time, as tables of readings lie so that a night skips the row groups of other days, and then looks
    at the row before and after; that costs less than a group of every reading. -#}
{% macro mark_shared(rows, moment, machine) -%}{{ return(adapter.dispatch('mark_shared')(rows, moment, machine)) }}{%- endmacro %}

{% macro default__mark_shared(rows, moment, machine) -%}
shared_keys as (

    select
        {{ machine }},
        {{ moment }}
    from {{ rows }}
    group by {{ machine }}, {{ moment }}
    having count(*) > 1

),

marked as (

    select
        {{ rows }}.*,
        shared_keys.{{ machine }} is not null as is_shared
    from {{ rows }}
    left join shared_keys
        on
            {{ rows }}.{{ machine }} = shared_keys.{{ machine }}
            and {{ rows }}.{{ moment }} = shared_keys.{{ moment }}

)
{%- endmacro %}

{% macro duckdb__mark_shared(rows, moment, machine) -%}
in_order as (

    select * from {{ rows }}
    order by {{ moment }}, {{ machine }}

),

marked as (

    select
        *,
        {%- for neighbour in ['lag', 'lead'] %}
        coalesce({{ moment }} = {{ neighbour }}({{ moment }}) over () and {{ machine }} = {{ neighbour }}({{ machine }}) over (), false)
        {{ 'or' if not loop.last else 'as is_shared' }}
        {%- endfor %}
    from in_order

)
{%- endmacro %}

{#- What is put beside such rows must be in order too. -#}
{% macro in_time_order() -%}{{ return(adapter.dispatch('in_time_order')()) }}{%- endmacro %}
{% macro default__in_time_order() -%}{%- endmacro %}
{% macro duckdb__in_time_order() -%}order by event_at, machine_id{%- endmacro %}

{#- Whether rows of a table may be of the same machine and moment, or lie out of the order that `mark_shared` puts them in:
    where none is, as in most fleets' first build, neither that nor what follows is needed. Rows are read as they lie, so a
    look at each and the one before it tells; a night's are few. -#}
{% macro may_be_shared(relation, moment, machine) -%}{{ return(adapter.dispatch('may_be_shared')(relation, moment, machine)) }}{%- endmacro %}
{% macro default__may_be_shared(relation, moment, machine) -%}{{ return(true) }}{%- endmacro %}
{% macro duckdb__may_be_shared(relation, moment, machine) -%}
    {#- What a unit test gives stands in no schema, and what lints has no tables. -#}
    {%- if not execute or not relation.schema or build_from_us() is not none or load_relation(relation) is none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set before -%}
    select
        {{ moment }},
        {{ machine }},
        lag({{ moment }}) over () as moment_before,
        lag({{ machine }}) over () as machine_before
    from {{ relation }}
    {%- endset -%}
    {%- set found -%}
    select 1 from ({{ before }}) as rows_in_turn
    where {{ moment }} < moment_before or ({{ moment }} = moment_before and {{ machine }} <= machine_before)
    limit 1
    {%- endset -%}
    {{ return(run_query(found).rows | length > 0) }}
{%- endmacro %}
