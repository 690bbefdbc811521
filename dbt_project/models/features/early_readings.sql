{{ config(materialized='incremental', enabled=tells_wear(), meta={'range_column': 'as_of', 'on_spine': true}) }}
{%- set width = hours_us(bucket_hours()) -%}
{%- set parts = worn_parts() | reject('none') | list -%}
{%- set sums = [] -%}
{%- for sensor in sensors_of('gauge') -%}
    {%- for sum in mean_and_spread_sums(compared(sensor)) -%}
        {%- do sums.append({'column': compared(sensor) ~ '_' ~ sum.name, 'type': sum.type}) -%}
    {%- endfor -%}
{%- endfor %}

with spine as (

    select * from {{ ref('spine') }}

),

buckets as (

    select * from {{ ref('telemetry_buckets') }}
    where true {{ since_build_at('bucket_end', var('new_hours')) }}

),

late_readings as (

    select * from {{ ref('late_readings') }}
    where true {{ since_build_at('as_of') }}

),

-- Where a machine, or a part of it, was new: the bucket of its first reading, or the first whole one after a replacement.
beginnings as (

    select
        machine_id,
        {{ bucket_end_us('from_us') }} as first_us
    from {{ ref('machine_lives') }}
    {%- if parts %}
    union
    select
        machine_id,
        {{ bucket_end_us(us('event_at')) }} + {{ width }} as first_us
    from {{ ref('stg_replacements') }}
    where component in ('{{ parts | join("', '") }}')
    {%- endif %}

),

grid as (

    select
        machine_id,
        first_us,
        {{ series_from('first_us', 'least(first_us + ' ~ new_span_us() ~ ', (select max(as_of_us) from spine))', width) }} as as_of_us
    from beginnings
    where true {{ since_build('first_us + ' ~ new_span_us()) }}

),

punctual as (

    select
        grid.machine_id,
        grid.first_us,
        grid.as_of_us
        {%- for sum in sums %},
        sum(buckets.{{ sum.column }}) over so_far as {{ sum.column }}
        {%- endfor %}
    from grid
    left join buckets
        on
            grid.machine_id = buckets.machine_id
            and grid.as_of_us = buckets.bucket_end_us
    window
        so_far as (
            partition by grid.machine_id, grid.first_us order by grid.as_of_us
            rows between unbounded preceding and current row
        )

),

-- What came late counts as far as it was known at that moment.
late as (

    select
        grid.machine_id,
        grid.first_us,
        grid.as_of_us
        {%- for sum in sums %},
        sum(late_readings.{{ sum.column }}) as {{ sum.column }}
        {%- endfor %}
    from grid
    inner join late_readings
        on
            grid.machine_id = late_readings.machine_id
            and grid.as_of_us = late_readings.as_of_us
            and grid.first_us <= late_readings.as_of_us - late_readings.buckets_ago * {{ width }}
    group by grid.machine_id, grid.first_us, grid.as_of_us

),

final as (

    select
        punctual.machine_id,
        punctual.first_us,
        {{ timestamp_of_us('punctual.as_of_us') }} as as_of,
        punctual.as_of_us
        {%- for sum in sums %},
        cast(coalesce(punctual.{{ sum.column }}, 0) + coalesce(late.{{ sum.column }}, 0) as {{ sum.type }}) as {{ sum.column }}
        {%- endfor %}
    from punctual
    left join late
        on
            punctual.machine_id = late.machine_id
            and punctual.first_us = late.first_us
            and punctual.as_of_us = late.as_of_us
    where true {{ since_build('punctual.as_of_us') }}

)

select * from final
order by as_of_us, machine_id, first_us
