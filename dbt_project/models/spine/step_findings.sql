{{ config(materialized='table') }}

-- What is odd about the step of the telemetry, and what follows from it that may not be expected.
with telemetry_step as (

    select * from {{ ref('telemetry_step') }}

),

findings as (

    select
        'telemetry_step_hours' as subject,
        concat(
            'the readings of ', machines, ' machines lie ', cast(round(measured_seconds) as bigint),
            ' s apart, and telemetry_step_hours says ', step_seconds, ' s: lost readings, baselines and freshness are judged by it'
        ) as example,
        concat(
            'set telemetry_step_hours: ', round(measured_seconds / 3600, 4),
            ' in {{ fleet_file() }}, and build with --full-refresh'
        ) as cure
    from telemetry_step
    where is_another
    {%- for subject, example, cure in step_notes() %}

    union all

    select
        '{{ subject }}' as subject,
        '{{ example }}' as example,
        '{{ cure }}' as cure
    {%- endfor %}

),

final as (

    select
        subject,
        example,
        cure
    from findings

)

select * from final
