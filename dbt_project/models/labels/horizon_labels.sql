{%- set further = further_horizons() -%}
{%- set farthest = hours_us(horizons() | last) %}

with hours as (

    select * from {{ ref('hours_to_failure') }}

),

clock as (

    {{ failures_clock() }}

),

endings as (

    select
        component_endings.machine_id,
        component_endings.component in (
            {%- for component in var('components') %}
            '{{ component }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ) as is_named,
        component_endings.ending = 'failure' and {{ us('component_endings.known_at') }} <= clock.now_us as is_failure,
        {{ us('component_endings.known_at') }} as known_us,
        {{ us('component_endings.ended_at') }} as ended_us,
        {{ good_us() }} as good_us
    from {{ ref('component_endings') }} as component_endings
    cross join clock

),

snapshots as (

    select
        machine_id,
        as_of,
        {{ us('as_of') }} as as_of_us
    from {{ ref('failure_labels') }}
    where label_status != 'down'

),

-- Later than the failures' own latency explains.
late as (

    select
        snapshots.machine_id,
        snapshots.as_of,
        max(endings.known_us) as known_us
    from snapshots
    inner join endings
        on
            snapshots.machine_id = endings.machine_id
            and snapshots.as_of_us < endings.ended_us
            and snapshots.as_of_us + {{ farthest }} > endings.good_us
    where endings.known_us > endings.ended_us + {{ hours_us(var('feed_latency_hours').get('failures', 0)) }}
    group by snapshots.machine_id, snapshots.as_of

),

-- A failure of a component that the vars do not name is one too: 1, where its horizon certainly holds one, 0 where an
-- ending hides what would have been.
unnamed as (

    select
        snapshots.machine_id,
        snapshots.as_of
        {%- for hours in further %},
        max(case
            when endings.good_us >= snapshots.as_of_us + {{ hours_us(hours) }} then null
            when not endings.is_failure or snapshots.as_of_us > endings.good_us then 0
            when endings.ended_us > snapshots.as_of_us + {{ hours_us(hours) }} then 0
            else 1
        end) as fails_within_{{ hours }}h
        {%- endfor %}
    from snapshots
    inner join endings
        on
            snapshots.machine_id = endings.machine_id
            and snapshots.as_of_us < endings.ended_us
            and snapshots.as_of_us + {{ farthest }} > endings.good_us
    where not endings.is_named
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
            when {{ us('outcomes.as_of') }} + {{ hours_us(hours) }} > clock.settled_us then null
            when unnamed.fails_within_{{ hours }}h = 1 or outcomes.fails_within_{{ hours }}h = 1 then 1
            when unnamed.fails_within_{{ hours }}h is null then outcomes.fails_within_{{ hours }}h
        end as fails_within_{{ hours }}h
        {%- endfor %},
        {{ timestamp_of_us('late.known_us') }} as known_at
    from outcomes
    cross join clock
    left join late
        on
            outcomes.machine_id = late.machine_id
            and outcomes.as_of = late.as_of
    left join unnamed
        on
            outcomes.machine_id = unnamed.machine_id
            and outcomes.as_of = unnamed.as_of

)

select * from final
