{{ config(post_hook="{{ begin_build() }}") }}
{%- set day = hours_us(24) -%}
{%- set restate_from = var('restate_from', none) -%}

with finished_builds as (

    select * from {{ source('state', 'finished_builds') }}

),

-- Builds that were cut off: they began, and none has finished since.
unfinished as (

    select min(from_us) as from_us
    from {{ source('state', 'begun_builds') }}
    where finished_before = (select count(*) from finished_builds)

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
        -- None where no build has finished: all history is made.
        case
            when regular.from_us is not null
                then least(
                    regular.from_us,
                    unfinished.from_us
                    {%- if restate_from %},
                    {{ day_us("cast('" ~ restate_from ~ "' as timestamp)") }}
                    {%- endif %}
                )
        end as from_us
    from regular
    cross join unfinished

)

select * from final
