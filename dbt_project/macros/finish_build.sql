{#- Notes that everything up to the mart has been built, with what it was built from. It shares the mart's transaction:
    a build that is cut off is not finished, and the next one covers its window again. -#}
{% macro finish_build() -%}
    insert into {{ source('state', 'finished_builds') }}
    select
        {{ '0' if flags.FULL_REFRESH else 'coalesce(build_window.from_us, 0)' }},
        clock.last_event_at,
        build_window.last_file_id
    from {{ ref('build_window') }} as build_window
    cross join {{ ref('fleet_clock') }} as clock
{%- endmacro %}
