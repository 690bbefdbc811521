{#- The CTEs up to `latest`: for each snapshot the moment of the machine's latest event of each kind that was known by then;
    no row before the first. `kinds` maps a feature, the hours since then, to the kind of event that it is about, which the
    column `key` of `events`, a staging model or a CTE like one, holds; `<feature>_us` is the moment. Events are few and
    snapshots many: what is known changes at events, and each state is laid out over the snapshots up to the next.

    A night goes on from the snapshot just before it, whose hours its own table holds; only machines that come into service
    within the night's window look further back. Needs a CTE `spine`. -#}
{% macro latest_events(events, key, kinds) -%}
{%- set back_hours = hours_to_last_snapshot() -%}
{%- set machine_lives = ref('machine_lives') -%}
{%- set width = hours_us(bucket_hours()) -%}
known_events as (

    select
        machine_id,
        {{ us('available_at') }} as moment_us
        {%- for feature, kind in kinds.items() %},
        case when {{ key }} = '{{ kind }}' then {{ us('event_at') }} end as {{ feature }}_us
        {%- endfor %}
    from {{ events }}
    where true {{ since_build_at('available_at', back_hours, is_clock=false) }}

    {% if build_from_us() is not none -%}
    union all

    select
        machine_id,
        as_of_us as moment_us
        {%- for feature in kinds %},
        {{ us_before(feature, 'as_of_us') }} as {{ feature }}_us
        {%- endfor %}
    from {{ this }}
    where as_of = {{ timestamp_literal(build_from_us(back_hours)) }}

    union all

    select
        events.machine_id,
        {{ us('events.available_at') }} as moment_us
        {%- for feature, kind in kinds.items() %},
        case when events.{{ key }} = '{{ kind }}' then {{ us('events.event_at') }} end as {{ feature }}_us
        {%- endfor %}
    from {{ events }} as events
    inner join {{ machine_lives }} as lives on events.machine_id = lives.machine_id
    where
        {{ bucket_end_us('lives.from_us') }} > {{ build_from_us(back_hours) }}
        and events.available_at < {{ timestamp_literal(build_from_us(back_hours)) }}
    {%- endif %}

),

changes as (

    select
        machine_id,
        {{ bucket_end_us('moment_us') }} as seen_us
        {%- for feature in kinds %},
        max({{ feature }}_us) as {{ feature }}_us
        {%- endfor %}
    from known_events
    group by machine_id, seen_us

),

states as (

    select
        machine_id,
        seen_us,
        lead(seen_us) over machine as next_us
        {%- for feature in kinds %},
        max({{ feature }}_us) over so_far as {{ feature }}_so_far_us
        {%- endfor %}
    from changes
    window
        machine as (partition by machine_id order by seen_us),
        so_far as (
            partition by machine_id order by seen_us
            rows between unbounded preceding and current row
        )

),

snapshots as (

    select
        min(as_of_us) as first_us,
        max(as_of_us) as last_us
    from spine

),

latest as (

    select
        machine_id,
        {%- for feature in kinds %}
        {{ feature }}_so_far_us as {{ feature }}_us,
        {%- endfor %}
        {{ series_from('greatest(seen_us, first_us)', 'least(coalesce(next_us - ' ~ width ~ ', last_us), last_us)', width) }}
            as as_of_us
    from states
    cross join snapshots

)
{%- endmacro %}

{#- Hours from the last snapshot of a day to midnight, where a build begins. -#}
{% macro hours_to_last_snapshot() -%}
    {{ return(24 - [24 - var('snapshot_every_hours'), var('scoring_hour')] | max) }}
{%- endmacro %}
