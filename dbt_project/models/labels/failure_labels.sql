{{ config(materialized='incremental', meta={'range_column': 'as_of', 'range_back_hours': label_reach_hours()}) }}
{%- set components = var('components') -%}
{%- set horizon = horizon_hours() -%}
{#- Whole buckets, the horizon and one more: the exact edges are drawn below. -#}
{%- set reach = (horizon // bucket_hours() + 1) * bucket_hours() -%}
{%- set width = hours_us(bucket_hours()) -%}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of', label_reach_hours()) }}

),

clock as (

    {{ failures_clock() }}

),

ended_lives as (

    select * from {{ ref('machine_lives') }}
    where until_us is not null

),

endings as (

    select
        machine_id,
        component,
        ending,
        {{ us('known_at') }} as known_us,
        {{ us('ended_at') }} as ended_us,
        {{ good_us() }} as good_us
    from {{ ref('component_endings') }}
    where true {{ since_build_at('ended_at', label_reach_hours(), is_clock=false) }}

),

first_snapshot as (

    select min(as_of_us) as first_us from spine

),

-- The snapshots before an ending whose horizon (as_of, as_of + horizon] holds it, for certain or perhaps (`good_us`).
reached as (

    select
        endings.*,
        {{ series_from(
            'greatest(' ~ bucket_end_us('endings.good_us') ~ ' - ' ~ hours_us(reach) ~ ', first_snapshot.first_us)',
            bucket_end_us('endings.ended_us'), width
        ) }} as as_of_us
    from endings
    cross join first_snapshot

),

held as (

    select
        *,
        as_of_us <= good_us and ended_us <= as_of_us + {{ hours_us(horizon) }} as is_certain
    from reached
    where as_of_us < ended_us and good_us < as_of_us + {{ hours_us(horizon) }}

),

outcomes as (

    select
        machine_id,
        as_of_us,
        max(known_us) as known_us,
        count(*) filter (where ending = 'failure' and is_certain) > 0 as any_failed,
        count(*) filter (where ending = 'replacement' or not is_certain) > 0 as any_hidden
        {%- for component in components %},
        count(*) filter (where ending = 'failure' and is_certain and component = '{{ component }}') > 0 as {{ component }}_failed,
        count(*) filter (where (ending = 'replacement' or not is_certain) and component = '{{ component }}') > 0 as {{ component }}_hidden
        {%- endfor %}
    from held
    group by machine_id, as_of_us

),

-- The snapshots inside an outage: in [failed_at, over).
down as (

    select distinct
        outages.machine_id,
        {{ series_from(
            bucket_end_us(us('outages.failed_at')), 'least(outages.over_us - 1, clock.now_us)', width
        ) }} as as_of_us
    from {{ ref('outages') }} as outages
    cross join clock
    where {{ us('outages.known_at') }} <= clock.now_us {{ since_build('outages.over_us', label_reach_hours()) }}

),

statuses as (

    select
        spine.machine_id,
        spine.as_of,
        coalesce(outcomes.any_failed, false) as any_failed,
        {%- for component in components %}
        coalesce(outcomes.{{ component }}_failed, false) as {{ component }}_failed,
        coalesce(outcomes.{{ component }}_hidden, false) or ended_lives.machine_id is not null as {{ component }}_hidden,
        {%- endfor %}
        case
            when down.machine_id is not null then 'down'
            -- What was reported later than the data reach is not known yet.
            when spine.as_of_us + {{ hours_us(horizon) }} > clock.settled_us or outcomes.known_us > clock.now_us then 'pending'
            when coalesce(outcomes.any_failed, false) then 'mature'
            when outcomes.any_hidden or ended_lives.machine_id is not null then 'censored'
            else 'mature'
        end as label_status
    from spine
    cross join clock
    left join outcomes
        on
            spine.machine_id = outcomes.machine_id
            and spine.as_of_us = outcomes.as_of_us
    left join down
        on
            spine.machine_id = down.machine_id
            and spine.as_of_us = down.as_of_us
    -- The life that the snapshot lies in, where it ended within the horizon.
    left join ended_lives
        on
            spine.machine_id = ended_lives.machine_id
            and spine.as_of_us < ended_lives.until_us
            and spine.as_of_us + {{ hours_us(horizon) }} >= ended_lives.until_us

),

final as (

    select
        machine_id,
        as_of,
        label_status,
        case when label_status = 'mature' then cast(any_failed as integer) end as fails_any
        {%- for component in components %},
        case
            when label_status in ('pending', 'down') then null
            when {{ component }}_failed then 1
            when {{ component }}_hidden then null
            else 0
        end as fails_{{ component }}
        {%- endfor %}
    from statuses

)

-- In time order without a sort: the spine is streamed as it lies.
select * from final
