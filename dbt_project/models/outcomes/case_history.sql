with cases as (

    select * from {{ ref('known_cases') }}

),

alerts as (

    select
        machine_id,
        predicted_component as component,
        as_of,
        failure_probability
    from {{ ref('nightly_answers') }}
    where alert

),

feedback as (

    select * from {{ ref('stg_feedback') }}

),

-- While a case is known to be open, each alert on its component and each word of the crew changes how it stands: a word as soon
-- as a night could know of it.
changes as (

    select
        cases.machine_id,
        cases.component,
        cases.opened_at,
        cases.known_closed_at,
        alerts.as_of as stood_from,
        1 as alerts,
        alerts.failure_probability,
        cast(null as timestamp) as given_at
    from cases
    inner join alerts
        on
            cases.machine_id = alerts.machine_id
            and cases.component = alerts.component
            and cases.opened_at <= alerts.as_of
            and coalesce(cases.known_closed_at > alerts.as_of, true)

    union all

    select
        cases.machine_id,
        cases.component,
        cases.opened_at,
        cases.known_closed_at,
        feedback.known_at as stood_from,
        0 as alerts,
        cast(null as double) as failure_probability,
        feedback.given_at
    from cases
    inner join feedback
        on
            cases.machine_id = feedback.machine_id
            and cases.component = feedback.component
            and cases.opened_at <= feedback.given_at
            and coalesce(cases.known_closed_at > feedback.known_at, true)

),

moments as (

    select
        machine_id,
        component,
        opened_at,
        known_closed_at,
        stood_from,
        sum(alerts) as alerts,
        max(failure_probability) as failure_probability,
        max(given_at) as given_at
    from changes
    group by machine_id, component, opened_at, known_closed_at, stood_from

),

stretches as (

    select
        machine_id,
        component,
        opened_at,
        stood_from,
        coalesce(
            lead(stood_from) over (partition by machine_id, component, opened_at order by stood_from),
            known_closed_at
        ) as stood_until,
        cast(sum(alerts) over so_far as bigint) as nights,
        max(failure_probability) over so_far as highest_probability,
        max(given_at) over so_far as crew_at
    from moments
    window so_far as (
        partition by machine_id, component, opened_at order by stood_from
        rows between unbounded preceding and current row
    )

),

final as (

    select
        stretches.machine_id,
        stretches.component,
        stretches.opened_at,
        stretches.stood_from,
        stretches.stood_until,
        stretches.nights,
        stretches.highest_probability,
        feedback.verdict as crew_verdict,
        feedback.note as crew_note
    from stretches
    left join feedback
        on
            stretches.machine_id = feedback.machine_id
            and stretches.component = feedback.component
            and stretches.crew_at = feedback.given_at

)

select * from final
