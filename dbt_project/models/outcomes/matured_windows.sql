{%- set cap = remaining_cap_hours() -%}
with answers as (

    select * from {{ ref('predictions') }}
    where remaining_hours_low is not null

),

-- Of a night whose whole cap has not gone by, only the short lives would be known.
reach as (

    select {{ us('reaches_until') }} - {{ hours_us(cap) }} - {{ hours_us(var('found_within_hours')) }} as settled_us
    from {{ ref('feed_reach') }}
    where feed = 'failures'

),

lives as (

    select
        machine_id,
        as_of,
        hours_low,
        hours_high
    from {{ ref('remaining_time') }}
    where ended_by = 'failure' or hours_low >= {{ cap }}

),

judged as (

    select
        answers.machine_id,
        answers.as_of,
        answers.model_name,
        answers.model_version,
        answers.remaining_hours_low,
        answers.remaining_hours_median,
        answers.remaining_hours_high,
        lives.hours_low,
        case when lives.hours_low < {{ cap }} then lives.hours_high end as hours_high
    from answers
    inner join lives
        on
            answers.machine_id = lives.machine_id
            and answers.as_of = lives.as_of
    cross join reach
    where {{ us('answers.as_of') }} <= reach.settled_us

),

final as (

    select
        *,
        case
            when hours_high is null then remaining_hours_high is null
            when hours_low >= remaining_hours_low and coalesce(hours_high <= remaining_hours_high, true) then true
            when hours_high < remaining_hours_low or hours_low > remaining_hours_high then false
        end as is_inside,
        case when hours_high is not null then abs(remaining_hours_median - (hours_low + hours_high) / 2) end as error_hours
    from judged

)

select * from final
