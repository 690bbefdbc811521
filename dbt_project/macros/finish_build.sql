{#- Notes that everything up to the mart has been built, with what it was built from. It shares the mart's transaction:
    a build that is cut off is not finished, and the next one covers its window again. -#}
{% macro finish_build() -%}
    {%- set restate_from = var('restate_from', none) -%}
    insert into {{ source('state', 'finished_builds') }} (from_us, built_until, last_file_id, known_until, restated_from_us)
    select
        {{ '0' if flags.FULL_REFRESH else 'coalesce(build_window.from_us, 0)' }},
        clock.last_event_at,
        build_window.last_file_id,
        greatest(clock.known_until, (select max(as_of) from {{ this }})),
        {{ day_us("cast('" ~ restate_from ~ "' as timestamp)") if restate_from else 'cast(null as bigint)' }}
    from {{ ref('build_window') }} as build_window
    cross join {{ ref('fleet_clock') }} as clock
{%- endmacro %}
