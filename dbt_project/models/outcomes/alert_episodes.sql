{%- set cooldown = hours_us(var('episode_cooldown_hours')) -%}
{%- set horizon = hours_us(var('horizon_hours')) -%}

with alerts as (

    select
        machine_id,
        predicted_component as component,
        as_of,
        {{ us('as_of') }} as as_of_us,
        failure_probability
    from {{ ref('nightly_answers') }}
    where alert

),

failures as (

    select
        machine_id,
        component,
        {{ us('event_at') }} as event_us
    from {{ ref('stg_failures') }}

),

clock as (

    select {{ us('known_until') }} as now_us from {{ ref('fleet_clock') }}

),

-- An alert within the cooldown of the one before it goes on with the same case.
marked as (

    select
        *,
        coalesce(
            as_of_us - lag(as_of_us) over (partition by machine_id, component order by as_of_us) > {{ cooldown }}, true
        ) as opens_case
    from alerts

),

numbered as (

    select
        *,
        sum(cast(opens_case as integer)) over (
            partition by machine_id, component order by as_of_us
            rows between unbounded preceding and current row
        ) as case_number
    from marked

),

cases as (

    select
        machine_id,
        component,
        case_number,
        min(as_of) as opened_at,
        max(as_of) as last_alert_at,
        min(as_of_us) as opened_us,
        max(as_of_us) as last_alert_us,
        count(*) as nights,
        max(failure_probability) as highest_probability
    from numbered
    group by machine_id, component, case_number

),

judged as (

    select
        cases.machine_id,
        cases.component,
        cases.case_number,
        min(failures.event_us) as failed_us
    from cases
    inner join failures
        on
            cases.machine_id = failures.machine_id
            and cases.component = failures.component
            and cases.opened_us < failures.event_us
            and cases.last_alert_us + {{ horizon }} >= failures.event_us
    group by cases.machine_id, cases.component, cases.case_number

),

final as (

    select
        cases.machine_id,
        cases.component,
        cases.opened_at,
        cases.last_alert_at,
        cases.nights,
        cases.highest_probability,
        {{ timestamp_of_us('judged.failed_us') }} as failed_at,
        case
            when judged.failed_us is not null then 'true'
            when cases.last_alert_us + {{ horizon }} > clock.now_us then 'pending'
            else 'false'
        end as verdict
    from cases
    cross join clock
    left join judged
        on
            cases.machine_id = judged.machine_id
            and cases.component = judged.component
            and cases.case_number = judged.case_number

)

select * from final
