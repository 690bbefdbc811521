{{ config(materialized='incremental', meta={'range_column': 'as_of'}) }}

{%- set width = hours_us(bucket_hours()) -%}

with clock as (

    select * from {{ ref('fleet_clock') }}

),

-- A machine enters the spine when its first reading is known, and stays: one that falls silent keeps its rows.
machines as (

    select
        machine_id,
        {{ bucket_end_us('first_known_us') }} as first_us
    from {{ ref('machine_starts') }}

),

buckets as (

    select {{ series_from('min(first_us)', 'max(' ~ us('clock.fresh_until') ~ ')', width) }} as as_of_us
    from machines
    cross join clock

),

snapshots as (

    select buckets.as_of_us
    from buckets
    cross join clock
    where
        (
            {{ hour_of_us('buckets.as_of_us') }} = {{ var('scoring_hour') }}
            -- Where the fleet is fresh but no longer known, only a night is of use.
            or (
                {{ hour_of_us('buckets.as_of_us') }} % {{ var('snapshot_every_hours') }} = 0
                and buckets.as_of_us <= {{ us('clock.known_until') }}
            )
        )
        {{ since_build('buckets.as_of_us') }}

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
