{{ config(post_hook="{{ begin_build() }}") }}
{%- set day = hours_us(24) -%}
{%- set earlier = {} -%}
{%- for name in ['machine_lives', 'feed_reach', 'outages'] -%}
    {%- do earlier.update({name: load_relation(this.incorporate(path={'identifier': name}))}) -%}
{%- endfor -%}
{#- Those of an earlier version do not know it. -#}
{%- set were_intervals = execute and earlier.outages is not none
    and 'known_good_at' in adapter.get_columns_in_relation(earlier.outages) | map(attribute='name') | list %}

with build_window as (

    select * from {{ ref('build_window') }}

),

clock as (

    select {{ us('known_until') }} as now_us from {{ ref('fleet_clock') }}

),

lives as (

    select * from {{ ref('lives_as_known') }}

),

reach as (

    select * from {{ ref('reach_as_known') }}
    where feed = 'failures'

),

outages as (

    select * from {{ ref('outages_as_known') }}

),

replacements as (

    select * from {{ ref('stg_replacements') }}

),

{% for state, relations in {
    'now': {'machine_lives': 'lives', 'feed_reach': 'reach', 'outages': 'outages'},
    'earlier': earlier,
}.items() -%}
-- Where something begins, ends or is known otherwise, as it is {{ state }}: moments that make snapshots and labels what they are.
{{ state }} as (

    {% if relations.machine_lives is none or relations.feed_reach is none or relations.outages is none -%}
    select
        '' as kind,
        '' as machine_id,
        '' as component,
        cast(0 as bigint) as moment_us,
        cast(0 as bigint) as detail_us
    where false
    {%- else -%}
    select
        'in service' as kind,
        machine_id,
        '' as component,
        from_us as moment_us,
        cast(0 as bigint) as detail_us
    from {{ relations.machine_lives }}
    union all
    select
        'out of service' as kind,
        machine_id,
        '' as component,
        until_us as moment_us,
        cast(0 as bigint) as detail_us
    from {{ relations.machine_lives }}
    where until_us is not null
    union all
    select
        'reach' as kind,
        '' as machine_id,
        '' as component,
        {{ us('reaches_until') }} as moment_us,
        cast(0 as bigint) as detail_us
    from {{ relations.feed_reach }}
    where feed = 'failures'
    union all
    select
        'outage' as kind,
        machine_id,
        component,
        {{ us('failed_at') }} as moment_us,
        over_us as detail_us
    from {{ relations.outages }}
    {%- if state == 'now' or were_intervals %}
    union all
    select
        'worked' as kind,
        machine_id,
        component,
        {{ us('known_good_at') }} as moment_us,
        {{ us('failed_at') }} as detail_us
    from {{ relations.outages }}
    where known_good_at is not null
    {%- endif %}
    {%- endif %}

),

{% endfor -%}
sides as (

    select
        *,
        1 as is_now
    from now
    union all
    select
        *,
        0 as is_now
    from earlier

),

-- What only one of the two tells.
changes as (

    select moment_us
    from sides
    group by kind, machine_id, component, moment_us, detail_us
    having min(is_now) = max(is_now)

),

-- What has become known since the last build, of whatever time it tells.
told as (

    select
        {{ us('coalesce(known_good_at, failed_at)') }} as moment_us,
        {{ us('greatest(known_at, good_known_at)') }} as known_us
    from outages
    union all
    select
        {{ us('event_at') }} as moment_us,
        {{ us('available_at') }} as known_us
    from replacements

),

moments as (

    select moment_us from changes
    union all
    select told.moment_us
    from told
    cross join clock
    where
        told.known_us <= clock.now_us
        {% if earlier.feed_reach is none -%}
        and false
        {%- else -%}
        and told.known_us > (select {{ us('max(last_event_at)') }} from {{ earlier.feed_reach }} where feed = 'telemetry')
        {%- endif %}

),

final as (

    select
        case
            when build_window.from_us is not null
                then least(
                    build_window.from_us,
                    (select {{ int_div('min(moments.moment_us)', day) }} * {{ day }} from moments)
                )
        end as from_us
    from build_window

)

select * from final
