{#- Fractions of readings hardly shrink: compressed they would take a quarter less, and a fifth of this model's time. -#}
{{ config(materialized='incremental', meta={
    'range_column': 'as_of', 'slices': {'table': 'spine', 'column': 'as_of'}, 'compression': {'float': 'uncompressed'}
}) }}
{%- set windows = window_parts() -%}
{%- set width = hours_us(bucket_hours()) -%}
{%- set min_baseline = least_baseline_readings() -%}
{#- What came late is added where there is any. -#}
{%- set are_late = are_any(ref('late_readings')) -%}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of') }} {{ in_slice('as_of') }}

),

late_readings as (

    select * from {{ ref('late_readings') }}
    where true {{ since_build_at('as_of') }} {{ in_slice('as_of') }}

),

{% for share in machine_shares() -%}
-- A lag counts buckets, with readings or without: none may be missing, from as far before a machine's first snapshot as
-- that looks back.
starts{{ share.name }} as (

    select
        machine_id,
        min(as_of_us) - {{ (windows.reach - 1) * width }} as first_us
    from spine
    where true {{ share.condition }}
    group by machine_id

),

series{{ share.name }} as (

    select
        machine_id,
        {{ series_from('first_us', '(select max(as_of_us) from spine)', width) }} as as_of_us
    from starts{{ share.name }}

),

spine{{ share.name }}_rows as (

    select * from spine
    where true {{ share.condition }}

),

-- Which of them are snapshots is said here, where rows are narrow, and filters below: a join to sums or windows would hash those.
grid{{ share.name }} as (

    select
        machine_id,
        as_of_us,
        as_of
    from spine{{ share.name }}_rows

    union all

    select
        series.machine_id,
        series.as_of_us,
        cast(null as timestamp) as as_of
    from series{{ share.name }} as series
    left join spine{{ share.name }}_rows as spine
        on
            series.machine_id = spine.machine_id
            and series.as_of_us = spine.as_of_us
    where spine.machine_id is null

),

-- Each share reads its own: what several read from one place is copied there first.
buckets{{ share.name }}_rows as (

    select * from {{ ref('telemetry_buckets') }}
    where
        true {{ share.condition }} {{ since_build_at('bucket_end', var('baseline_hours')) }}
        {{ in_slice('bucket_end', var('baseline_hours')) }}

),

dense{{ share.name }} as (

    select
        grid.machine_id,
        grid.as_of_us,
        grid.as_of
        {%- for subject, sums in all_bucket_sums().items() %}
        {%- for sum in sums %}
        {%- set column = subject ~ '_' ~ sum.name %},
        {% if sum.merge == 'sum' %}coalesce(buckets.{{ column }}, 0) as {{ column }}{% else %}buckets.{{ column }}{% endif %}
        {%- endfor %}
        {%- endfor %}
    from grid{{ share.name }} as grid
    left join buckets{{ share.name }}_rows as buckets
        on
            grid.machine_id = buckets.machine_id
            and grid.as_of_us = buckets.bucket_end_us
    {{ in_machine_order() }}

),

{% for step in windows.steps -%}
level_{{ loop.index }}{{ share.name }} as (

    select
        *
        {%- for part in step %},
        {{ window_part(part, machine_window(windows.reach)) }} as {{ part.column }}
        {%- endfor %}
    from {{ 'dense' if loop.first else 'level_' ~ (loop.index - 1) }}{{ share.name }}

),

{% endfor -%}
{% endfor -%}
punctual as (
    {% for share in machine_shares() %}
    select * from level_{{ windows.steps | length }}{{ share.name }}
    where as_of is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% if are_late -%}
late as (

    select
        machine_id,
        as_of_us,
        {%- for part in windows.parts %}
        {{ late_part(part) }} as {{ part.column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from late_readings
    group by machine_id, as_of_us

),

merged as (

    select
        punctual.machine_id,
        punctual.as_of,
        {%- for part in windows.parts %}
        {{ merge_parts(part.merge, ['punctual.' ~ part.column, or_nothing(part, 'late.' ~ part.column)]) }}
            as {{ part.column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from punctual
    left join late
        on
            punctual.machine_id = late.machine_id
            and punctual.as_of_us = late.as_of_us

),

{% endif -%}
baselines as (

    select
        *
        {%- for sensor in sensors_of('gauge') + likes() %}
        {%- set n = sensor ~ '_n_base' %},
        case when {{ n }} >= {{ min_baseline }} then {{ mean_of(sensor, n, sensor ~ '_sum_base') }} end as {{ sensor }}_normal,
        case when {{ n }} >= {{ min_baseline }} then {{ sd_of(sensor, n, sensor ~ '_sum_base', sensor ~ '_squares_base') }} end
            as {{ sensor }}_spread
        {%- endfor %}
    from {{ 'merged' if are_late else 'punctual' }}

),

{% if tells_wear() -%}
{{ with_wear('baselines') }}

{% endif -%}
final as (

    select
        machine_id,
        as_of
        {%- for sensor in var('sensors') -%}
        {{ gauge_columns(sensor) if sensor_kind(sensor) == 'gauge' }}
        {{- counter_columns(sensor) if sensor_kind(sensor) == 'counter' }}
        {{- state_columns(sensor) if sensor_kind(sensor) == 'state' }}
        {%- endfor %}
        {%- for hours in var('windows_hours') if tells_running() %},
        cast({{ not_running() }}_n_{{ hours }}h as integer) as {{ feature_name(not_running(), 'n', hours) }}
        {%- endfor %}
    from {{ 'worn' if tells_wear() else 'baselines' }}

)

-- In time order, and so the mart too: a night reads its own row groups.
select * from final
order by as_of, machine_id
