{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set from_us = build_from_us() -%}

-- The mart waits for this look, and ends the build: what came too late must be listed by then.
-- depends_on: {{ ref('late_arrivals') }}
with build_window as (

    select * from {{ ref('build_window') }}

),

-- A first build restates nothing.
changed as (

    {{ changed_snapshots(from_us) }}

),

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
