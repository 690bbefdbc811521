{%- set components = var('components') %}

with snapshots as (

    select
        machine_id,
        as_of,
        {{ us('as_of') }} as as_of_us
    from {{ ref('failure_labels') }}
    where label_status != 'down'

),

clock as (

    {{ failures_clock() }}

),

lives as (

    select
        machine_id,
        from_us,
        until_us,
        ended_by,
        lead(from_us) over (partition by machine_id order by from_us) as next_from_us
    from {{ ref('machine_lives') }}

),

components as (

    {% for component in components -%}
    select '{{ component }}' as component
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Each ending holds for the snapshots since the one before it.
endings as (

    select
        machine_id,
        component,
        ending,
        {{ us('ended_at') }} as ended_us,
        {{ good_us() }} as good_us,
        {{ us('known_at') }} as known_us,
        coalesce(lag({{ us('ended_at') }}) over (partition by machine_id, component order by ended_at), 0) as since_us
    from {{ ref('component_endings') }}

),

in_service as (

    select
        snapshots.*,
        lives.until_us,
        lives.ended_by,
        lives.next_from_us
    from snapshots
    inner join lives
        on
            snapshots.machine_id = lives.machine_id
            and snapshots.as_of_us >= lives.from_us
            and coalesce(snapshots.as_of_us < lives.until_us, true)

),

-- A failure decides even where the machine was not heard any more before it, unless it came back first.
ahead as (

    select
        in_service.machine_id,
        in_service.as_of,
        in_service.as_of_us,
        components.component,
        in_service.until_us,
        in_service.ended_by,
        clock.settled_us,
        endings.ended_us,
        endings.good_us,
        endings.ending,
        coalesce(endings.known_us <= clock.now_us, true) as is_known,
        endings.ended_us <= clock.reach_us and coalesce(endings.ended_us < in_service.next_from_us, true) as is_in_sight
    from in_service
    cross join components
    cross join clock
    left join endings
        on
            in_service.machine_id = endings.machine_id
            and components.component = endings.component
            and in_service.as_of_us >= endings.since_us
            and in_service.as_of_us < endings.ended_us

),

-- Where it is not known to have failed, sight of it ends with the first of these. An ending of which nobody knows yet, or that
-- lies out of sight, is nevertheless no time without a fault.
censored as (

    select
        *,
        coalesce(ending = 'failure' and is_known and is_in_sight, false) as is_failure,
        least(case when ending = 'replacement' then ended_us else good_us end, until_us, settled_us) as seen_us
    from ahead

),

final as (

    select
        machine_id,
        as_of,
        component,
        case
            when is_failure and good_us = ended_us - 1 then {{ hours_between_us('as_of_us', 'ended_us') }}
            when is_failure then {{ hours_between_us('as_of_us', 'greatest(good_us, as_of_us)') }}
            else {{ hours_between_us('as_of_us', 'greatest(seen_us, as_of_us)') }}
        end as hours_low,
        case when is_failure then {{ hours_between_us('as_of_us', 'ended_us') }} end as hours_high,
        case
            when is_failure and good_us = ended_us - 1 then 'exact'
            when is_failure then 'between'
            else 'longer'
        end as known,
        case
            when is_failure then 'failure'
            when ending = 'replacement' and is_known and ended_us = seen_us then 'replacement'
            when until_us = seen_us then ended_by
            else 'data'
        end as ended_by,
        case when is_failure then good_us else seen_us end >= as_of_us as worked_then
    from censored

)

select * from final
