{%- set bucket = bucket_hours() -%}
{%- set width = hours_us(bucket) -%}

with telemetry as (

    select * from {{ ref('stg_telemetry') }}

),

clock as (

    select * from {{ ref('fleet_clock') }}

),

-- A machine enters the spine when its first reading is known, and stays: one that falls silent keeps its rows.
machines as (

    select
        machine_id,
        {{ bucket_end_us('min(greatest(' ~ us('event_at') ~ ', ' ~ us('available_at') ~ '))') }} as first_us
    from telemetry
    group by machine_id

),

buckets as (

    select {{ series_from('min(first_us)', 'max(' ~ us('clock.known_until') ~ ')', width) }} as as_of_us
    from machines
    cross join clock

),

snapshots as (

    select as_of_us
    from buckets
    where
        {{ hour_of_us('as_of_us') }} % {{ var('snapshot_every_hours') }} = 0
        or {{ hour_of_us('as_of_us') }} = {{ var('scoring_hour') }}

),

final as (

    select
        machines.machine_id,
        {{ timestamp_of_us('snapshots.as_of_us') }} as as_of,
        snapshots.as_of_us
    from snapshots
    inner join machines on snapshots.as_of_us >= machines.first_us
    order by snapshots.as_of_us, machines.machine_id

)

select * from final
