with telemetry as (

    select
        *,
        {{ bucket_end_us(us('event_at')) }} as bucket_end_us
    from {{ ref('stg_telemetry') }}

),

-- Readings that were known when their bucket closed and were never corrected; the others stand in late_readings.
punctual as (

    select * from telemetry
    where {{ us('available_at') }} <= bucket_end_us and superseded_at is null

),

final as (

    select
        machine_id,
        bucket_end_us,
        {% for sensor in var('sensors') -%}
        {{ sensor_sums(sensor) }}{{ ',' if not loop.last }}
        {% endfor %}
    from punctual
    group by machine_id, bucket_end_us

)

select * from final
