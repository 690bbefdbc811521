{{ config(materialized='incremental', meta={'range_column': 'as_of'}) }}

{%- set width = hours_us(bucket_hours()) -%}

with clock as (

    select * from {{ ref('fleet_clock') }}

),

-- A machine enters the spine when its first reading is known, and stays as long as it is in service, silent or not.
lives as (

    select
        machine_id,
        {{ bucket_end_us('from_us') }} as first_us,
        until_us
    from {{ ref('machine_lives') }}

),

buckets as (

    select {{ series_from('min(first_us)', 'max(' ~ us('clock.fresh_until') ~ ')', width) }} as as_of_us
    from lives
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
        lives.machine_id,
        {{ timestamp_of_us('snapshots.as_of_us') }} as as_of,
        snapshots.as_of_us
    from snapshots
    inner join lives
        on
            snapshots.as_of_us >= lives.first_us
            and (lives.until_us is null or snapshots.as_of_us < lives.until_us)
    order by snapshots.as_of_us, lives.machine_id

)

select * from final
