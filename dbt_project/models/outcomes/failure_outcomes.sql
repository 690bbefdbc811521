{%- set horizon = hours_us(horizon_hours()) -%}

with failures as (

    select
        machine_id,
        component,
        failed_at as event_at,
        {{ us('failed_at') }} as event_us,
        {{ good_us(found='failed_at') }} as good_us
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

-- The nights whose horizon (as_of, as_of + horizon] held the failure: for certain, or perhaps.
seen as (

    select
        watched.machine_id,
        watched.component,
        watched.event_us,
        watched.good_us,
        watched.event_at,
        scored.as_of_us,
        scored.model_version,
        scored.alert,
        scored.predicted_component = watched.component as names_it,
        scored.as_of_us <= watched.good_us and watched.event_us <= scored.as_of_us + {{ horizon }} as is_certain
    from watched
    left join scored
        on
            watched.machine_id = scored.machine_id
            and watched.event_us > scored.as_of_us
            and watched.good_us < scored.as_of_us + {{ horizon }}

),

warned as (

    select
        machine_id,
        component,
        event_us,
        good_us,
        event_at,
        count(*) filter (where is_certain) as nights_scored,
        count(*) filter (where is_certain and alert) as alerts,
        count(*) filter (where is_certain and alert and names_it) as alerts_naming_it,
        count(*) filter (where not is_certain and alert) as doubtful_alerts,
        count(*) filter (where not is_certain and alert and names_it) as doubtful_alerts_naming_it,
        min(as_of_us) filter (where is_certain and alert) as first_alert_us,
        min_by(model_version, as_of_us) filter (where is_certain and alert) as model_version
    from seen
    group by machine_id, component, event_us, good_us, event_at

),

-- Where nobody looked, nothing was caught and nothing missed; nor where an alert may have come before it, or too late.
final as (

    select
        machine_id,
        component,
        event_at as failed_at,
        case
            when alerts > 0 then true
            when nights_scored > 0 and doubtful_alerts = 0 then false
        end as caught,
        case
            when alerts_naming_it > 0 then true
            when nights_scored > 0 and (doubtful_alerts = 0 or (alerts > 0 and doubtful_alerts_naming_it = 0)) then false
        end as component_named,
        {{ timestamp_of_us('first_alert_us') }} as first_alert_at,
        {{ hours_between_us('first_alert_us', 'case when good_us < event_us - 1 then good_us else event_us end') }} as lead_hours,
        {{ hours_between_us('first_alert_us', 'event_us') }} as lead_hours_high,
        nights_scored,
        model_version
    from warned

)

select * from final
