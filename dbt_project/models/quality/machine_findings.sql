{%- set text = dbt.type_string() -%}

with days as (

    select
        machine_id,
        {{ us('day_at') }} as day_us,
        last_reading_us
    from {{ ref('machine_days') }}

),

machines as (

    select
        machine_id,
        {{ alike_id('machine_id') }} as alike
    from days
    group by machine_id

),

register as (

    select
        machine_id,
        {{ bare_id('machine_id') }} as bare,
        {{ us('in_service_from') }} as from_us,
        {{ us('in_service_until') }} as until_us
    from {{ ref('stg_machines') }}

),

lives as (

    select distinct machine_id from {{ ref('machine_lives') }}

),

spelled as (

    select
        alike,
        concat({{ quoted_example('min(machine_id)') }}, ' and ', {{ quoted_example('max(machine_id)') }}) as shown,
        row_number() over (order by alike) as place
    from machines
    group by alike
    having count(*) > 1

),

of_ids_alike as (

    select
        {{ finding(
            'ids alike', "'telemetry'", "'machineID'", 'count(*)', '(select count(distinct machines.alike) from machines)',
            first_examples('shown', 'place'),
            "'spell each machine in one way, and land the corrected files in a new home; give machines that are not the same ids that differ in more'"
        ) }}
    from spelled
    having count(*) > 0

),

-- Ids that only differ in what spellings differ in; where several entries do, nobody can tell which is meant.
spellings as (

    select
        bare,
        min(machine_id) as machine_id
    from register
    group by bare
    having count(*) = 1

),

unregistered as (

    select
        spellings.machine_id as meant,
        concat(
            {{ quoted_example('machines.machine_id') }},
            case
                when spellings.machine_id is not null
                    then concat(', the machines file has ', {{ quoted_example('spellings.machine_id') }})
                else ''
            end
        ) as shown,
        row_number() over (
            order by case when spellings.machine_id is null then 1 else 0 end asc, machines.machine_id asc
        ) as place
    from machines
    left join register on machines.machine_id = register.machine_id
    left join spellings on {{ bare_id('machines.machine_id') }} = spellings.bare
    where register.machine_id is null

),

of_unregistered as (

    select
        {{ finding(
            'not registered', "'machines'", "'machineID'", 'count(*)', '(select count(*) from machines)',
            first_examples('shown', 'place'),
            "case when count(meant) > 0 then 'spell these ids in the machines file as telemetry does, and drop it again' when (select count(*) from register) = 0 then 'drop PdM_machines.csv (machineID,model,age) if there is a register' else 'add them to the machines file' end",
            severity="case when count(meant) > 0 then 'warning' else 'note' end"
        ) }}
    from unregistered
    having count(*) > 0

),

outside as (

    select
        days.machine_id,
        count(*) as heard_days,
        count(*) filter (where days.day_us >= register.until_us) as days_after,
        min(register.from_us) as from_us,
        min(register.until_us) as until_us
    from days
    inner join register on days.machine_id = register.machine_id
    where
        days.last_reading_us is not null
        and (days.last_reading_us < register.from_us or days.day_us >= register.until_us)
    group by days.machine_id

),

outside_in_order as (

    select
        outside.*,
        lives.machine_id is null as never_in,
        concat(
            {{ quoted_example('outside.machine_id') }}, ' (', cast(outside.heard_days as {{ text }}), '; in service',
            case
                when outside.from_us is null then ''
                else concat(' from ', cast({{ timestamp_of_us('outside.from_us') }} as {{ text }}))
            end,
            case
                when outside.until_us is null then ''
                else concat(' until ', cast({{ timestamp_of_us('outside.until_us') }} as {{ text }}))
            end,
            ')'
        ) as shown,
        row_number() over (
            order by case when lives.machine_id is null then 0 else 1 end asc, outside.heard_days desc, outside.machine_id asc
        ) as place
    from outside
    left join lives on outside.machine_id = lives.machine_id

),

-- Readings before a machine's service are usual, those after it are not; that a machine has no row at all never is.
of_outside as (

    select
        {{ finding(
            'out of service', "'machines'", "'in_service_until'", 'sum(heard_days)', '(select count(*) from days where days.last_reading_us is not null)',
            first_examples('shown', 'place'),
            "'correct in_service_from and in_service_until in the machines file and drop it again, or leave them empty'",
            severity="case when count(*) filter (where never_in) > 0 then 'error' when sum(days_after) > 0 then 'warning' else 'note' end"
        ) }}
    from outside_in_order
    having count(*) > 0

),

-- Of a machine that came back, only the last life matters.
last_lives as (

    select
        machine_id,
        ended_by,
        last_reading_at,
        row_number() over (
            partition by machine_id
            order by from_us desc
        ) as place
    from {{ ref('machine_lives') }}

),

-- One that the register says has left by now, with its last reading or some time after it, is no news.
silent as (

    select
        concat({{ quoted_example('last_lives.machine_id') }}, ' since ', cast(last_lives.last_reading_at as {{ text }})) as shown,
        row_number() over (
            order by last_lives.last_reading_at desc, last_lives.machine_id asc
        ) as place
    from last_lives
    left join register on last_lives.machine_id = register.machine_id
    where
        last_lives.place = 1
        and last_lives.ended_by = 'silence'
        and (register.until_us is null or register.until_us > (select max(days.day_us) from days))

),

of_silent as (

    select
        {{ finding(
            'silent for good', "'telemetry'", "'machineID'", 'count(*)', '(select count(*) from machines)',
            first_examples('shown', 'place'),
            "'if they are gone, say so in in_service_until of the machines file; if not, land their telemetry: until then nobody scores them'"
        ) }}
    from silent
    having count(*) > 0

),

last_heard as (

    select
        days.machine_id,
        max(days.last_reading_us) as last_us
    from days
    inner join {{ ref('machine_lives') }} as in_service
        on
            days.machine_id = in_service.machine_id
            and in_service.until_us is null
    where days.last_reading_us is not null
    group by days.machine_id

),

by_last_heard as (

    select
        *,
        row_number() over (
            order by last_us desc, machine_id asc
        ) as place,
        count(*) over () as machines
    from last_heard

),

-- Up to when a fleet of three or more in service is heard, but for one machine or a tenth of them.
others as (

    select last_us as others_us from by_last_heard
    where
        machines >= 3
        and place = 1 + greatest(1, {{ int_div('machines', 10) }})

),

-- A clock that runs ahead takes the fleet's with it.
ahead as (

    select
        concat(
            {{ quoted_example('by_last_heard.machine_id') }}, ' up to ', cast({{ timestamp_of_us('by_last_heard.last_us') }} as {{ text }}),
            ', the others up to ', cast({{ timestamp_of_us('others.others_us') }} as {{ text }})
        ) as shown,
        by_last_heard.place
    from by_last_heard
    cross join others
    where by_last_heard.last_us > others.others_us + {{ hours_us(24) + step_seconds() * 1000000 }}

),

of_ahead as (

    select
        {{ finding(
            'clock ahead', "'telemetry'", "'datetime'", 'count(*)', '(select count(*) from last_heard)',
            first_examples('shown', 'place'),
            "'where a clock runs ahead, correct its times and land the files in a new home; else land the telemetry of the others, which count as silent'"
        ) }}
    from ahead
    having count(*) > 0

),

final as (

    select * from of_ids_alike
    union all
    select * from of_unregistered
    union all
    select * from of_outside
    union all
    select * from of_silent
    union all
    select * from of_ahead

)

select * from final
