{#- Notes from where a build has begun to change tables, and what its rows mean. One that is cut off has changed some of them
    as far back: the next covers its window too. -#}
{% macro begin_build() -%}
    insert into {{ source('state', 'begun_builds') }}
    select
        {{ '0' if flags.FULL_REFRESH else 'from_us' }},
        (select count(*) from {{ source('state', 'finished_builds') }}),
        {{ meaning_literal() }}
    from {{ this }}
{%- endmacro %}

{#- Called before the first model runs: a build of some models that leaves `build_window` as it is goes on in the window of an
    earlier build, and has begun too where it sees files that the last finished one did not. Without such files it makes the
    same rows again. -#}
{% macro note_partial_build() -%}
    {%- set window = ref('build_window') -%}
    {%- set begun, finished = source('state', 'begun_builds'), source('state', 'finished_builds') -%}
    {%- set landed = source('raw', 'landed_files') -%}
    {%- set is_partial = execute and model_id('build_window') not in models_to_make() and models_to_make() | select('in', whole_build()) | list -%}
    {%- if is_partial and load_relation(window) -%}
        {#- The look at the catalogue may have opened a transaction, which dbt would roll back. -#}
        {%- call statement('note_partial_build', auto_begin=true) %}
    insert into {{ begun }}
    select
        {{ '0' if flags.FULL_REFRESH else 'coalesce(from_us, 0)' }},
        (select count(*) from {{ finished }}),
        {{ meaning_literal() }}
    from {{ window }}
    {%- if not flags.FULL_REFRESH %}
    where (select max(_file_id) from {{ landed }}) > (select coalesce(max(last_file_id), 0) from {{ finished }})
    {%- endif %}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}
