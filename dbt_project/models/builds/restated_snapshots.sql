{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set mart = load_relation(this.incorporate(path={'identifier': 'feature_mart'})) -%}
{%- set from_us = build_from_us() -%}

-- The mart waits for this look, and ends the build: what came too late must be listed by then.
-- depends_on: {{ ref('late_arrivals') }}
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
        and as_of in (select as_of from before)

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

    -- A build that was cut off, or that restates more for the same files, has said some of it before.
    {% if is_incremental() -%}
    except
    select
        last_file_id,
        machine_id,
        as_of
    from {{ this }}
    {%- endif %}

)

select * from final
