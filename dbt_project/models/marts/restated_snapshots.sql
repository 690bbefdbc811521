{{ config(
    materialized='incremental',
    unique_key=['last_file_id', 'machine_id', 'as_of'],
    meta={'partition_column': 'last_file_id'}
) }}
{%- set mart = load_relation(this.incorporate(path={'identifier': 'feature_mart'})) -%}
{%- set from_us = build_from_us() -%}

with mart_rows as (

    select * from {{ ref('mart_rows') }}

),

build_window as (

    select * from {{ ref('build_window') }}

),

{% if mart is not none and from_us is not none -%}
before as (

    select * from {{ mart }}
    where as_of >= {{ timestamp_literal(from_us) }}

),

now as (

    select * from mart_rows
    where
        as_of >= {{ timestamp_literal(from_us) }}
        and as_of <= (select max(as_of) from before)

),

changed as (

    select {{ feature_columns() }} from now
    except
    select {{ feature_columns() }} from before

),
{%- else -%}
-- A first build restates nothing.
changed as (

    select
        machine_id,
        as_of
    from mart_rows
    where false

),
{%- endif %}

final as (

    select
        build_window.last_file_id,
        changed.machine_id,
        changed.as_of
    from changed
    cross join build_window

)

select * from final
