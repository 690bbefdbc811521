{%- set further = further_horizons() -%}
{%- set farthest = horizons() | last %}

with hours as (

    select * from {{ ref('hours_to_failure') }}

),

reach as (

    select {{ us('reaches_until') }} as reach_us
    from {{ ref('feed_reach') }}
    where feed = 'failures'

),

-- What was reported later than the failures' own latency explains.
late_endings as (

    select
        machine_id,
        {{ us('known_at') }} as known_us,
        {{ us('ended_at') }} as ended_us,
        {{ good_us() }} as good_us
    from {{ ref('component_endings') }}
    where {{ us('known_at') }} > {{ us('ended_at') }} + {{ hours_us(var('feed_latency_hours').get('failures', 0)) }}

),

snapshots as (

    select
        machine_id,
        as_of,
        {{ us('as_of') }} as as_of_us
    from {{ ref('failure_labels') }}
    where label_status != 'down'

),

late as (

    select
        snapshots.machine_id,
        snapshots.as_of,
        max(late_endings.known_us) as known_us
    from snapshots
    inner join late_endings
        on
            snapshots.machine_id = late_endings.machine_id
            and snapshots.as_of_us < late_endings.ended_us
            and snapshots.as_of_us + {{ hours_us(farthest) }} > late_endings.good_us
    group by snapshots.machine_id, snapshots.as_of

),

outcomes as (

    select
        machine_id,
        as_of
        {%- for hours in further %},
        {{ fails_within(hours) }} as fails_within_{{ hours }}h
        {%- endfor %}
    from hours
    group by machine_id, as_of

),

final as (

    select
        outcomes.machine_id,
        outcomes.as_of
        {%- for hours in further %},
        -- Both outcomes are known at the same moment, or failures would be known sooner than that there was none.
        case
            when {{ us('outcomes.as_of') }} + {{ hours_us(hours + var('found_within_hours')) }} <= reach.reach_us
                then outcomes.fails_within_{{ hours }}h
        end as fails_within_{{ hours }}h
        {%- endfor %},
        {{ timestamp_of_us('late.known_us') }} as known_at
    from outcomes
    cross join reach
    left join late
        on
            outcomes.machine_id = late.machine_id
            and outcomes.as_of = late.as_of

)

select * from final
