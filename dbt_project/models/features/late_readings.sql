{{ config(materialized='incremental', meta={'range_column': 'as_of'}) }}
{%- set width = hours_us(bucket_hours()) -%}
{%- set reach = var('baseline_hours') // bucket_hours() -%}
{%- set counters = sensors_of('counter') -%}
{#- The buckets in which a counter's rise counts, and those that its readings before may lie in. -#}
{%- set risen_in = (var('windows_hours') | max) // bucket_hours() -%}
{%- set paired_in = risen_in + (counter_gap_hours() + bucket_hours() - 1) // bucket_hours() -%}

with {{ held_readings(var('baseline_hours'), sliced=false) }}telemetry as (

    select
        machine_id,
        available_at,
        superseded_at,
        {% for sensor in var('sensors') -%}
        {{ in_steps(sensor) }},
        {% endfor -%}
        {{ 'is_running,' if tells_running() }}
        {{ us('event_at') ~ ' as event_us,' if counters }}
        {{ event_seconds() if slopes_hours() }}
        {{ bucket_end_us(us('event_at')) }} as bucket_end_us,
        {{ bucket_end_us(us('available_at')) }} as visible_us,
        {{ us('superseded_at') }} as superseded_us
    from {{ counted_rows(var('baseline_hours'), sliced=false) }}

),

{% if tells_regimes() -%}
{{ with_likes('telemetry') }}

{% endif -%}
-- Readings that came after their bucket had closed, or that a correction replaced later on: each counts in the windows
-- of just the snapshots at which it was known and current.
unpunctual as (

    select * from {{ 'compared' if tells_regimes() else 'telemetry' }}
    where {{ us('available_at') }} > bucket_end_us or superseded_at is not null

),

steps as (

    select {{ series_from(0, reach - 1) }} as n

),

seen as (

    select
        unpunctual.*,
        unpunctual.bucket_end_us + steps.n * {{ width }} as as_of_us,
        steps.n as buckets_ago
    from unpunctual
    inner join steps
        on
            unpunctual.bucket_end_us + steps.n * {{ width }} >= unpunctual.visible_us
            and (
                unpunctual.superseded_us is null
                or unpunctual.bucket_end_us + steps.n * {{ width }} < unpunctual.superseded_us
            )
            {{ since_build('unpunctual.bucket_end_us + steps.n * ' ~ width) }}

),

{% if counters -%}
-- A late reading parts a pair and makes two, in buckets of their own: what the counters rose by near it is counted again, as
-- it was known at the snapshot, and what `telemetry_buckets` counted there is taken away.
touched as (

    select distinct
        machine_id,
        as_of_us
    from seen
    where
        buckets_ago < {{ paired_in }}
        and coalesce({{ counters | join(', ') }}) is not null

),

near_late_ones as (

    select * from {{ 'compared' if tells_regimes() else 'telemetry' }}
    where machine_id in (select machine_id from touched)

),

known as (

    select
        near_late_ones.*,
        near_late_ones.bucket_end_us + steps.n * {{ width }} as as_of_us,
        steps.n as buckets_ago,
        {{ us('near_late_ones.available_at') }} <= near_late_ones.bucket_end_us and near_late_ones.superseded_at is null
            as is_punctual
    from near_late_ones
    inner join steps
        on
            steps.n < {{ paired_in }}
            and near_late_ones.bucket_end_us + steps.n * {{ width }} >= near_late_ones.visible_us
            and (
                near_late_ones.superseded_us is null
                or near_late_ones.bucket_end_us + steps.n * {{ width }} < near_late_ones.superseded_us
            )
    inner join touched
        on
            near_late_ones.machine_id = touched.machine_id
            and near_late_ones.bucket_end_us + steps.n * {{ width }} = touched.as_of_us

),

{{ with_rises('as_known', 'known', series=['as_of_us']) }},

{{ with_rises('as_counted', 'known', series=['as_of_us'], where='is_punctual') }},

changes as (
    {% for relation, sign in {'as_known': '', 'as_counted': '-'}.items() %}
    select
        machine_id,
        as_of_us,
        buckets_ago
        {%- for counter in counters %},
        {{ sign }}{{ counter }}_risen as {{ counter }}_risen,
        {{ sign }}{{ counter }}_paired as {{ counter }}_paired
        {%- endfor %}
    from {{ relation }}
    where buckets_ago < {{ risen_in }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

net_changes as (

    select
        machine_id,
        as_of_us,
        buckets_ago
        {%- for counter in counters %},
        sum({{ counter }}_risen) as {{ counter }}_risen,
        sum({{ counter }}_paired) as {{ counter }}_paired
        {%- endfor %}
    from changes
    group by machine_id, as_of_us, buckets_ago
    having
        false
        {%- for counter in counters %}
        or sum({{ counter }}_risen) != 0
        or sum({{ counter }}_paired) != 0
        {%- endfor %}

),

seen_and_changed as (

    select
        machine_id,
        as_of_us,
        buckets_ago,
        {% for sensor in var('sensors') -%}
        {{ sensor }},
        {% endfor -%}
        {% for like in likes() -%}
        {{ like }},
        {% endfor -%}
        {% for counter in counters -%}
        null as {{ counter }}_risen,
        null as {{ counter }}_paired,
        {% endfor -%}
        {{ 'is_running,' if tells_running() }}
        {{ 'event_s,' if slopes_hours() }}
        event_us
    from seen
    union all
    select
        machine_id,
        as_of_us,
        buckets_ago,
        {% for sensor in var('sensors') -%}
        null as {{ sensor }},
        {% endfor -%}
        {% for like in likes() -%}
        null as {{ like }},
        {% endfor -%}
        {% for counter in counters -%}
        {{ counter }}_risen,
        {{ counter }}_paired,
        {% endfor -%}
        {{ 'true as is_running,' if tells_running() }}
        {{ 'null as event_s,' if slopes_hours() }}
        null as event_us
    from net_changes

),

{% endif -%}
final as (

    select
        machine_id,
        {{ timestamp_of_us('as_of_us') }} as as_of,
        as_of_us,
        buckets_ago,
        {% for sensor in var('sensors') -%}
        {{ sensor_sums(sensor) }}{{ ',' if not loop.last or tells_running() }}
        {% endfor %}
        {{ off_sum() if tells_running() }}
    from {{ 'seen_and_changed' if counters else 'seen' }}
    group by machine_id, as_of_us, buckets_ago

)

select * from final
