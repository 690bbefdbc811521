with failures as (

    select
        machine_id,
        component,
        failed_at as event_at,
        {{ us('failed_at') }} as event_us
    from {{ ref('outages') }}

),

scored as (

    select
        *,
        {{ us('as_of') }} as as_of_us
    from {{ ref('nightly_answers') }}
    where failure_probability is not null

),

watched as (

    select * from failures
    where event_us > (select min(scored.as_of_us) from scored)

),

-- The nights whose horizon (as_of, as_of + horizon] held the failure.
warned as (

    select
        watched.machine_id,
        watched.component,
        watched.event_us,
        watched.event_at,
        count(scored.as_of_us) as nights_scored,
        count(*) filter (where scored.alert) as alerts,
        count(*) filter (where scored.alert and scored.predicted_component = watched.component) as alerts_naming_it,
        min(scored.as_of_us) filter (where scored.alert) as first_alert_us,
        min_by(scored.model_version, scored.as_of_us) filter (where scored.alert) as model_version
    from watched
    left join scored
        on
            watched.machine_id = scored.machine_id
            and watched.event_us > scored.as_of_us
            and watched.event_us <= scored.as_of_us + {{ hours_us(var('horizon_hours')) }}
    group by watched.machine_id, watched.component, watched.event_us, watched.event_at

),

-- Where nobody looked, nothing was caught and nothing missed.
final as (

    select
        machine_id,
        component,
        event_at as failed_at,
        case when nights_scored > 0 then alerts > 0 end as caught,
        case when nights_scored > 0 then alerts_naming_it > 0 end as component_named,
        {{ timestamp_of_us('first_alert_us') }} as first_alert_at,
        {{ hours_between_us('first_alert_us', 'event_us') }} as lead_hours,
        nights_scored,
        model_version
    from warned

)

select * from final
