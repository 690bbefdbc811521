{%- set cooldown = hours_us(var('episode_cooldown_hours')) -%}
{%- set horizon = hours_us(horizon_hours()) -%}

with alerts as (

    select
        machine_id,
        predicted_component as component,
        {{ us('as_of') }} as moment_us,
        failure_probability
    from {{ ref('nightly_answers') }}
    where alert

),

feedback as (

    select
        *,
        {{ us('given_at') }} as given_us
    from {{ ref('stg_feedback') }}

),

endings as (

    select
        machine_id,
        component,
        {{ us('ended_at') }} as moment_us,
        ending,
        {{ good_us() }} as good_us
    from {{ ref('component_endings') }}

),

reach as (

    select
        max({{ us('reaches_until') }}) filter (where feed = 'failures') - {{ hours_us(var('found_within_hours')) }} as failures_us,
        max({{ us('reaches_until') }}) filter (where feed = 'maint') as maint_us
    from {{ ref('feed_reach') }}

),

ended_lives as (

    select * from {{ ref('machine_lives') }}
    where until_us is not null

),

timeline as (

    select
        *,
        cast(null as {{ dbt.type_string() }}) as ending,
        cast(null as bigint) as good_us
    from alerts
    union all
    select
        machine_id,
        component,
        moment_us,
        null as failure_probability,
        ending,
        good_us
    from endings

),

-- An ending at the very moment of an alert comes before it: the alert speaks of what follows.
counted as (

    select
        *,
        count(ending) over (
            partition by machine_id, component order by moment_us
            range between unbounded preceding and current row
        ) as endings_so_far
    from timeline

),

-- An alert within the cooldown of the one before it goes on with the same case, unless an ending lies between them.
marked as (

    select
        *,
        coalesce(
            moment_us - lag(moment_us) over previous > {{ cooldown }}
            or endings_so_far > lag(endings_so_far) over previous,
            true
        ) as opens_case
    from counted
    where ending is null
    window previous as (partition by machine_id, component order by moment_us)

),

numbered as (

    select
        *,
        sum(cast(opens_case as integer)) over (
            partition by machine_id, component order by moment_us
            rows between unbounded preceding and current row
        ) as case_number
    from marked

),

cases as (

    select
        machine_id,
        component,
        case_number,
        min(moment_us) as opened_us,
        max(moment_us) as last_alert_us,
        count(*) as nights,
        max(failure_probability) as highest_probability,
        max(endings_so_far) as endings_so_far,
        max(moment_us) + {{ horizon }} as horizon_us,
        max(moment_us) + {{ [horizon, cooldown] | max }} as over_us,
        lead(min(moment_us)) over (partition by machine_id, component order by case_number) as next_opened_us
    from numbered
    group by machine_id, component, case_number

),

-- No ending lies between a case's alerts, so the next one comes after the last of them. A failure that is found when the case
-- is over may have happened before.
ended as (

    select
        cases.*,
        case when next_ending.moment_us <= cases.over_us then next_ending.ending end as ending,
        case when next_ending.moment_us <= cases.over_us then next_ending.moment_us else cases.over_us end as end_us,
        case when next_ending.ending = 'failure' then next_ending.good_us end as good_us
    from cases
    left join counted as next_ending
        on
            cases.machine_id = next_ending.machine_id
            and cases.component = next_ending.component
            and cases.endings_so_far + 1 = next_ending.endings_so_far
            and next_ending.ending is not null

),

-- Cases of which an alert's horizon holds the failure for certain.
forewarned as (

    select distinct
        ended.machine_id,
        ended.component,
        ended.case_number
    from ended
    inner join numbered
        on
            ended.machine_id = numbered.machine_id
            and ended.component = numbered.component
            and ended.case_number = numbered.case_number
            and ended.good_us >= numbered.moment_us
            and numbered.moment_us + {{ horizon }} >= ended.end_us
    where ended.ending = 'failure'

),

-- A failure tells by itself, a replacement once no failure before it can still be reported, silence once both feeds are in.
closed as (

    select
        ended.*,
        case
            when ended.ending = 'failure' and ended.good_us < ended.horizon_us then 'failure'
            when ended.ending = 'replacement' and ended.end_us <= reach.failures_us then 'replacement'
            when ended.end_us <= least(reach.failures_us, reach.maint_us) then 'quiet'
        end as closed_by
    from ended
    cross join reach

),

-- Cases of machines that left service before the horizon of the last alert was over: nobody can tell what would have failed.
left_service as (

    select distinct
        cases.machine_id,
        cases.component,
        cases.case_number
    from cases
    inner join ended_lives
        on
            cases.machine_id = ended_lives.machine_id
            and cases.last_alert_us < ended_lives.until_us
            and cases.horizon_us >= ended_lives.until_us

),

crew as (

    select
        cases.machine_id,
        cases.component,
        cases.case_number,
        feedback.verdict as crew_verdict,
        feedback.note as crew_note,
        feedback.given_at as crew_at
    from cases
    inner join feedback
        on
            cases.machine_id = feedback.machine_id
            and cases.component = feedback.component
            and cases.opened_us <= feedback.given_us
            and coalesce(cases.next_opened_us > feedback.given_us, true)
    qualify row_number() over (
        partition by cases.machine_id, cases.component, cases.case_number
        order by feedback.given_us desc
    ) = 1

),

final as (

    select
        closed.machine_id,
        closed.component,
        {{ timestamp_of_us('closed.opened_us') }} as opened_at,
        {{ timestamp_of_us('closed.last_alert_us') }} as last_alert_at,
        case when closed.closed_by is not null then {{ timestamp_of_us('closed.end_us') }} end as closed_at,
        closed.closed_by,
        closed.nights,
        closed.highest_probability,
        case when closed.closed_by = 'failure' then {{ timestamp_of_us('closed.end_us') }} end as failed_at,
        case when closed.closed_by = 'replacement' then {{ timestamp_of_us('closed.end_us') }} end as replaced_at,
        case
            when forewarned.machine_id is not null
                then {{ hours_between_us(
                    'closed.opened_us', 'case when closed.good_us < closed.end_us - 1 then closed.good_us else closed.end_us end'
                ) }}
        end as lead_hours,
        case
            when closed.closed_by is null then 'pending'
            when forewarned.machine_id is not null then 'true'
            when closed.good_us < closed.horizon_us then 'censored'
            when closed.closed_by = 'replacement' and closed.end_us <= closed.horizon_us then 'censored'
            when left_service.machine_id is not null then 'censored'
            else 'false'
        end as verdict,
        crew.crew_verdict,
        crew.crew_note,
        crew.crew_at
    from closed
    left join crew
        on
            closed.machine_id = crew.machine_id
            and closed.component = crew.component
            and closed.case_number = crew.case_number
    left join forewarned
        on
            closed.machine_id = forewarned.machine_id
            and closed.component = forewarned.component
            and closed.case_number = forewarned.case_number
    left join left_service
        on
            closed.machine_id = left_service.machine_id
            and closed.component = left_service.component
            and closed.case_number = left_service.case_number

)

select * from final
