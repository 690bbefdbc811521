{#- Notes from where a build has begun to change tables. One that is cut off has changed some of them as far back: the next
    covers its window too. -#}
{% macro begin_build() -%}
    insert into {{ source('state', 'begun_builds') }}
    select
        {{ '0' if flags.FULL_REFRESH else 'from_us' }},
        (select count(*) from {{ source('state', 'finished_builds') }})
    from {{ this }}
{%- endmacro %}
