{%- set day = hours_us(24) -%}
{%- set restate_from = var('restate_from', none) -%}

with finished_builds as (

    select * from {{ source('state', 'finished_builds') }}

),

landed_files as (

    select * from {{ source('raw', 'landed_files') }}

),

last_build as (

    select
        max(built_until) as built_until,
        coalesce(max(last_file_id), 0) as last_file_id
    from finished_builds

),

-- The day up to which the last build had data, and the late days before it.
regular as (

    select
        last_file_id as built_file_id,
        {{ int_div(us('built_until'), day) }} * {{ day }} - {{ var('restate_days') }} * {{ day }} as from_us
    from last_build

),

final as (

    select
        regular.built_file_id,
        (select coalesce(max(landed_files._file_id), 0) from landed_files) as last_file_id,
        {% if restate_from -%}
        least(
            regular.from_us,
            {{ int_div(us("cast('" ~ restate_from ~ "' as timestamp)"), day) }} * {{ day }}
        ) as from_us
        {%- else -%}
        regular.from_us
        {%- endif %}
    from regular

)

select * from final
