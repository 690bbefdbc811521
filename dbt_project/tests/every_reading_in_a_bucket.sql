{{ config(meta={'dagster': {'ref': {'name': 'telemetry_buckets'}}}) }}

{#- A reading that was known when its bucket closed, and never corrected, is counted in one bucket: as many on both sides. One
    that holds is counted at steps. -#}
{%- set from_us = made_since_us(ref('telemetry_buckets')) -%}
{%- set sensors = var('sensors').keys() | reject('in', sensors_on_change()) | list %}
with staged as (

    select
        {%- for sensor in sensors %}
        count({{ sensor }}) as {{ sensor }}_n{{ ',' if not loop.last }}
        {%- else %}
        count(*) as all_n
        {%- endfor %}
    from {{ ref('stg_telemetry') }}
    where
        superseded_at is null
        and {{ us('available_at') }} <= {{ bucket_end_us(us('event_at')) }}
        {%- if from_us is not none %}
        and event_at >= {{ timestamp_literal(from_us - hours_us(bucket_hours())) }}
        and {{ bucket_end_us(us('event_at')) }} >= {{ from_us }}
        {%- endif %}

),

counted as (

    select
        {%- for sensor in sensors %}
        coalesce(sum({{ sensor }}_n), 0) as {{ sensor }}_n{{ ',' if not loop.last }}
        {%- else %}
        count(*) as all_n
        {%- endfor %}
    from {{ made_rows(ref('telemetry_buckets')) }}

)

{% for sensor in sensors %}
select
    '{{ sensor }}' as sensor,
    staged.{{ sensor }}_n as staged_readings,
    counted.{{ sensor }}_n as counted_readings
from staged
cross join counted
where staged.{{ sensor }}_n != counted.{{ sensor }}_n
{{ 'union all' if not loop.last }}
{% else %}
select
    '' as sensor,
    0 as staged_readings,
    0 as counted_readings
where false
{% endfor %}
