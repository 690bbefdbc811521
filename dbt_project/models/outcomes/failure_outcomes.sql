with failures as (

    select * from {{ ref('stg_failures') }}

),

answers as (

    select
        *,
        {{ us('as_of') }} as as_of_us
    from {{ ref('nightly_answers') }}

),

-- The nights whose horizon (as_of, as_of + horizon] held the failure.
warned as (

    select
        failures.machine_id,
        failures.component,
        failures.event_at,
        count(*) as nights_scored,
        count(*) filter (where answers.alert) > 0 as caught,
        count(*) filter (where answers.alert and answers.predicted_component = failures.component) > 0 as component_named,
        min(answers.as_of) filter (where answers.alert) as first_alert_at
    from failures
    inner join answers
        on
            failures.machine_id = answers.machine_id
            and {{ us('failures.event_at') }} > answers.as_of_us
            and {{ us('failures.event_at') }} <= answers.as_of_us + {{ hours_us(var('horizon_hours')) }}
    group by failures.machine_id, failures.component, failures.event_at

),

final as (

    select
        machine_id,
        component,
        event_at as failed_at,
        caught,
        component_named,
        first_alert_at,
        {{ hours_between_us(us('first_alert_at'), us('event_at')) }} as lead_hours,
        nights_scored
    from warned

)

select * from final
