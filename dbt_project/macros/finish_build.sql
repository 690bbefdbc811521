{#- Notes that everything up to the mart has been built, from what, and what its rows mean. It shares the mart's transaction: a
    build that is cut off is not finished, and the next one covers its window again. So is one that has made the mart and not
    all that it is made of. -#}
{% macro finish_build() -%}
    {%- set restate_from = var('restate_from', none) -%}
    {%- set window, fleet_clock = ref('build_window'), ref('fleet_clock') -%}
    {%- set finished_builds = source('state', 'finished_builds') -%}
    {%- if not execute or is_whole_build() %}
    insert into {{ finished_builds }}
        (from_us, built_until, last_file_id, known_until, restated_from_us, build_number, meaning)
    select
        {{ '0' if flags.FULL_REFRESH else 'coalesce(build_window.from_us, 0)' }},
        clock.last_event_at,
        build_window.last_file_id,
        greatest(clock.known_until, (select max(as_of) from {{ ref('spine') }})),
        {{ day_us("cast('" ~ restate_from ~ "' as timestamp)") if restate_from else 'cast(null as bigint)' }},
        (select count(*) + 1 from {{ finished_builds }}),
        {{ meaning_literal() }}
    from {{ window }} as build_window
    cross join {{ fleet_clock }} as clock
    {%- endif -%}
{%- endmacro %}
