{{ config(materialized='view') }}
{%- set silence = var('retired_after_days') %}

with machine_days as (

    select * from {{ ref('machine_days') }}

),

machines as (

    select
        machine_id,
        {{ us('in_service_from') }} as stated_from_us,
        {{ us('in_service_until') }} as stated_until_us
    from {{ ref('stg_machines') }}

),

-- Silence is counted in days on which the fleet sent readings: where nobody is heard, it is not the machines that are gone.
fleet_days as (

    select
        day_at,
        sum(case when count(last_reading_us) > 0 then 1 else 0 end) over (
            order by day_at rows between unbounded preceding and current row
        ) as fleet_day
    from machine_days
    group by day_at

),

machines_heard as (

    select
        machine_days.machine_id,
        min(machine_days.first_known_us) as from_us,
        max(machine_days.last_reading_us) as last_reading_us,
        min(fleet_days.fleet_day) as first_fleet_day,
        max(case when machine_days.last_reading_us is not null then fleet_days.fleet_day end) as last_fleet_day,
        count(machine_days.last_reading_us) as days_heard
    from machine_days
    inner join fleet_days on machine_days.day_at = fleet_days.day_at
    group by machine_days.machine_id

),

-- Most machines never were silent for so long, which their days tell by number: too few are missing. The others' are looked at
-- one by one.
steady as (

    select
        machine_id,
        1 as life,
        from_us,
        last_reading_us,
        last_fleet_day,
        cast(null as integer) as next_life
    from machines_heard
    where last_fleet_day - first_fleet_day + 1 - days_heard < {{ silence }}

),

heard as (

    select
        machine_days.*,
        fleet_days.fleet_day,
        row_number() over machine as machine_day,
        first_value(fleet_days.fleet_day) over machine as first_fleet_day,
        max(case when machine_days.last_reading_us is not null then fleet_days.fleet_day end) over (
            partition by machine_days.machine_id order by machine_days.day_at
            rows between unbounded preceding and 1 preceding
        ) as heard_before
    from machine_days
    inner join fleet_days on machine_days.day_at = fleet_days.day_at
    left join steady on machine_days.machine_id = steady.machine_id
    where steady.machine_id is null
    window machine as (partition by machine_days.machine_id order by machine_days.day_at)

),

-- A reading after that many whole days of silence begins another life.
numbered as (

    select
        *,
        sum(
            case
                when machine_day = 1 then 1
                when
                    last_reading_us is not null
                    and fleet_day - coalesce(heard_before, first_fleet_day) > {{ silence }} then 1
                else 0
            end
        ) over (
            partition by machine_id order by day_at
            rows between unbounded preceding and current row
        ) as life
    from heard

),

lives as (

    select
        machine_id,
        life,
        min(first_known_us) as from_us,
        max(last_reading_us) as last_reading_us,
        coalesce(
            max(case when last_reading_us is not null then fleet_day end),
            min(first_fleet_day)
        ) as last_fleet_day,
        lead(life) over (partition by machine_id order by life) as next_life
    from numbered
    group by machine_id, life

),

all_lives as (

    select * from steady
    union all
    select * from lives

),

silenced as (

    select
        *,
        case
            when
                next_life is not null
                or (select max(fleet_days.fleet_day) from fleet_days) - last_fleet_day > {{ silence }}
                then coalesce(last_reading_us, from_us) + 1
        end as silent_from_us
    from all_lives

),

-- What the register says can only narrow what the readings show.
final as (

    select
        silenced.machine_id,
        greatest(silenced.from_us, machines.stated_from_us) as from_us,
        least(silenced.silent_from_us, machines.stated_until_us) as until_us,
        case
            when machines.stated_until_us <= coalesce(silenced.silent_from_us, machines.stated_until_us) then 'register'
            when silenced.silent_from_us is not null then 'silence'
        end as ended_by,
        {{ timestamp_of_us('silenced.last_reading_us') }} as last_reading_at
    from silenced
    left join machines on silenced.machine_id = machines.machine_id
    where
        least(silenced.silent_from_us, machines.stated_until_us) is null
        or least(silenced.silent_from_us, machines.stated_until_us) > greatest(silenced.from_us, machines.stated_from_us)

)

select * from final
