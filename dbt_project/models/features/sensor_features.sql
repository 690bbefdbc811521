{{ config(materialized='incremental', meta={'range_column': 'as_of'}) }}
{%- set windows = window_parts() -%}
{%- set width = hours_us(bucket_hours()) -%}
{%- set min_baseline = var('min_baseline_readings') -%}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of') }}

),

buckets as (

    select * from {{ ref('telemetry_buckets') }}
    where true {{ since_build_at('bucket_end', var('baseline_hours')) }}

),

late_readings as (

    select * from {{ ref('late_readings') }}
    where true {{ since_build_at('as_of') }}

),

-- Every bucket of a machine's life, with readings or without: a frame must not shrink because a reading is missing.
starts as (

    select
        machine_id,
        min(bucket_end_us) as first_us
    from buckets
    group by machine_id

),

grid as (

    select
        machine_id,
        {{ series_from('first_us', '(select max(as_of_us) from spine)', width) }} as as_of_us
    from starts

),

punctual as (

    select
        grid.machine_id,
        grid.as_of_us,
        {%- for part in windows.parts %}
        {{ part.merge }}(buckets.{{ part.source }}) over last_{{ part.span.name }} as {{ part.column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from grid
    left join buckets
        on
            grid.machine_id = buckets.machine_id
            and grid.as_of_us = buckets.bucket_end_us
    window
        {%- for span in windows.spans %}
        last_{{ span.name }} as (
            partition by grid.machine_id order by grid.as_of_us
            range between {{ span.farthest * width }} preceding
            and {{ 'current row' if span.nearest == 0 else span.nearest * width ~ ' preceding' }}
        ){{ ',' if not loop.last }}
        {%- endfor %}

),

late as (

    select
        machine_id,
        as_of_us,
        {%- for part in windows.parts %}
        {{ part.merge }}({{ part.source }}) filter (
            where buckets_ago between {{ part.span.nearest }} and {{ part.span.farthest }}
        ) as {{ part.column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from late_readings
    group by machine_id, as_of_us

),

merged as (

    select
        spine.machine_id,
        spine.as_of,
        {%- for part in windows.parts %}
        {{ merge_parts(part.merge, 'punctual.' ~ part.column, 'late.' ~ part.column) }} as {{ part.column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from spine
    left join punctual
        on
            spine.machine_id = punctual.machine_id
            and spine.as_of_us = punctual.as_of_us
    left join late
        on
            spine.machine_id = late.machine_id
            and spine.as_of_us = late.as_of_us

),

baselines as (

    select
        *
        {%- for sensor in var('sensors') %}
        {%- set n = sensor ~ '_n_base' %},
        case when {{ n }} >= {{ min_baseline }} then {{ mean_of(n, sensor ~ '_sum_base') }} end as {{ sensor }}_normal,
        case when {{ n }} >= {{ min_baseline }} then {{ sd_of(n, sensor ~ '_sum_base', sensor ~ '_squares_base') }} end
            as {{ sensor }}_spread
        {%- endfor %}
    from merged

),

final as (

    select
        machine_id,
        as_of
        {%- for sensor in var('sensors') %},
        cast({{ sensor }}_n_base as integer) as {{ feature_name(sensor, 'baseline_n') }},
        {{ sensor }}_normal as {{ feature_name(sensor, 'baseline_mean') }},
        {{ sensor }}_spread as {{ feature_name(sensor, 'baseline_sd') }}
        {%- for hours in var('windows_hours') %}
        {%- set n, total, squares = sensor ~ '_n_' ~ hours ~ 'h', sensor ~ '_sum_' ~ hours ~ 'h', sensor ~ '_squares_' ~ hours ~ 'h' %},
        cast({{ n }} as integer) as {{ feature_name(sensor, 'n', hours) }},
        {{ mean_of(n, total) }} as {{ feature_name(sensor, 'mean', hours) }},
        {{ sd_of(n, total, squares) }} as {{ feature_name(sensor, 'sd', hours) }},
        cast({{ sensor }}_low_{{ hours }}h as double) as {{ feature_name(sensor, 'min', hours) }},
        cast({{ sensor }}_high_{{ hours }}h as double) as {{ feature_name(sensor, 'max', hours) }},
        ({{ mean_of(n, total) }} - {{ sensor }}_normal) / nullif({{ sensor }}_spread, 0) as {{ feature_name(sensor, 'shift', hours) }}
        {%- endfor %}
        {%- endfor %}
    from baselines

)

select * from final
