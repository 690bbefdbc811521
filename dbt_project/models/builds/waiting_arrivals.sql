-- The build that takes the rows in has finished before this is asked.
-- depends_on: {{ ref('feature_mart') }}
with late_arrivals as (

    select * from {{ ref('late_arrivals') }}

),

finished_builds as (

    select * from {{ source('state', 'finished_builds') }}

),

-- A later build that began early enough has taken the rows in.
restated as (

    select distinct late_arrivals.file_id
    from late_arrivals
    inner join finished_builds
        on
            late_arrivals.file_id <= finished_builds.last_file_id
            and {{ us('late_arrivals.first_event_at') }} >= finished_builds.from_us

),

final as (

    select
        late_arrivals.*,
        concat(
            'dbt build --vars ''{restate_from: "', cast(cast(late_arrivals.first_event_at as date) as {{ dbt.type_string() }}), '"}'''
        ) as restate_command
    from late_arrivals
    left join restated on late_arrivals.file_id = restated.file_id
    where restated.file_id is null

)

select * from final
