{{ config(materialized='table') }}
{#- A fortnight shows a daily step, and so many machines a fleet's. -#}
{%- set look_back = hours_us(14 * 24) -%}
{%- set most_machines = 100 -%}

with telemetry as (

    select
        machine_id,
        {{ us('event_at') }} as event_us
    from {{ ref('stg_telemetry') }}
    where event_at >= (select {{ timestamp_of_us(us('last_event_at') ~ ' - ' ~ look_back) }} from {{ ref('fleet_clock') }})

),

sampled as (

    select machine_id
    from telemetry
    group by machine_id
    order by count(*) desc, machine_id asc
    limit {{ most_machines }}

),

moments as (

    select distinct
        telemetry.machine_id,
        telemetry.event_us
    from telemetry
    inner join sampled on telemetry.machine_id = sampled.machine_id

),

gaps as (

    select
        machine_id,
        event_us - lag(event_us) over (partition by machine_id order by event_us) as gap_us
    from moments

),

-- Of a machine the middle one: lost readings and pauses make a gap longer, and do not move it.
machine_steps as (

    select
        machine_id,
        median(gap_us) / 1000000 as step_seconds
    from gaps
    where gap_us is not null
    group by machine_id

),

measured as (

    select
        cast(count(*) as integer) as machines,
        cast(median(step_seconds) as double) as measured_seconds
    from machine_steps

),

final as (

    select
        cast({{ step_seconds() }} as integer) as step_seconds,
        machines,
        measured_seconds,
        coalesce(
            measured_seconds > {{ step_seconds() }} * 1.5 or measured_seconds * 1.5 < {{ step_seconds() }},
            false
        ) as is_another
    from measured

)

select * from final
