{#- The CTEs `timeline` and `latest`: for each snapshot, and each of `names`, the moment `<name>_last_us` of the machine's
    latest event that was known by then. `events` is a staging model with a column `key` that holds the name.

    A night goes on from the snapshot just before it, which its own table holds; only machines that start within the
    night's window look further back. Needs a CTE `spine`. -#}
{% macro latest_events(events, key, names) -%}
{%- set back_hours = hours_to_last_snapshot() -%}
{%- set machine_starts = ref('machine_starts') -%}
timeline as (

    select
        machine_id,
        as_of_us as moment_us,
        true as is_snapshot
        {%- for name in names %},
        cast(null as bigint) as {{ name }}_us
        {%- endfor %}
    from spine

    union all

    select
        machine_id,
        {{ us('available_at') }} as moment_us,
        false as is_snapshot
        {%- for name in names %},
        case when {{ key }} = '{{ name }}' then {{ us('event_at') }} end as {{ name }}_us
        {%- endfor %}
    from {{ events }}
    where true {{ since_build_at('available_at', back_hours) }}

    {% if build_from_us() is not none -%}
    union all

    select
        machine_id,
        as_of_us as moment_us,
        false as is_snapshot
        {%- for name in names %},
        {{ name }}_last_us as {{ name }}_us
        {%- endfor %}
    from {{ this }}
    where as_of = {{ timestamp_literal(build_from_us(back_hours)) }}

    union all

    select
        events.machine_id,
        {{ us('events.available_at') }} as moment_us,
        false as is_snapshot
        {%- for name in names %},
        case when events.{{ key }} = '{{ name }}' then {{ us('events.event_at') }} end as {{ name }}_us
        {%- endfor %}
    from {{ events }} as events
    inner join {{ machine_starts }} as starts on events.machine_id = starts.machine_id
    where
        {{ bucket_end_us('starts.first_known_us') }} > {{ build_from_us(back_hours) }}
        and events.available_at < {{ timestamp_literal(build_from_us(back_hours)) }}
    {%- endif %}

),

latest as (

    select
        machine_id,
        moment_us,
        is_snapshot
        {%- for name in names %},
        max({{ name }}_us) over known as {{ name }}_last_us
        {%- endfor %}
    from timeline
    window known as (
        partition by machine_id order by moment_us
        range between unbounded preceding and current row
    )

)
{%- endmacro %}

{#- Hours from the last snapshot of a day to midnight, where a build begins. -#}
{% macro hours_to_last_snapshot() -%}
    {{ return(24 - [24 - var('snapshot_every_hours'), var('scoring_hour')] | max) }}
{%- endmacro %}
