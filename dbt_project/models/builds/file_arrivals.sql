{{ config(materialized='view') }}
{%- set restate_from = var('restate_from', none) -%}

with landed_files as (

    select * from {{ source('raw', 'landed_files') }}

),

finished_builds as (

    select * from {{ source('state', 'finished_builds') }}

),

-- A file that held no row that could be used has loaded nothing; an empty one has: it says that nothing happened.
first_loads as (

    select
        feed,
        min(_file_id) as first_file_id
    from landed_files
    where rows + duplicates > 0 or rejected = 0
    group by feed

),

-- The builds that had rows of the feed, and not yet this file. The crew's words come one by one: their first file is no history.
missed as (

    select
        landed_files._file_id as file_id,
        max({{ us('coalesce(finished_builds.known_until, finished_builds.built_until)') }}) as built_until_us
    from landed_files
    inner join first_loads on landed_files.feed = first_loads.feed
    inner join finished_builds
        on
            landed_files._file_id > finished_builds.last_file_id
            and (first_loads.first_file_id <= finished_builds.last_file_id or landed_files.feed = 'feedback')
    group by landed_files._file_id

),

restated as (

    select
        landed_files._file_id as file_id,
        min(finished_builds.restated_from_us) as restated_from_us
    from landed_files
    inner join finished_builds on landed_files._file_id <= finished_builds.last_file_id
    group by landed_files._file_id

),

final as (

    select
        landed_files._file_id as file_id,
        missed.built_until_us,
        {% if restate_from -%}
        -- This build takes them in from that day on.
        least(restated.restated_from_us, {{ day_us("cast('" ~ restate_from ~ "' as timestamp)") }}) as restated_from_us
        {%- else -%}
        restated.restated_from_us
        {%- endif %}
    from landed_files
    left join missed on landed_files._file_id = missed.file_id
    left join restated on landed_files._file_id = restated.file_id

)

select * from final
