with feed_findings as (

    select * from {{ ref('feed_findings') }}

),

reading_findings as (

    select * from {{ ref('reading_findings') }}

),

excess_findings as (

    select * from {{ ref('excess_findings') }}

),

event_findings as (

    select * from {{ ref('event_findings') }}

),

failure_findings as (

    select * from {{ ref('failure_findings') }}

),

machine_findings as (

    select * from {{ ref('machine_findings') }}

),

feature_findings as (

    select * from {{ ref('feature_findings') }}

),

-- Each of them with the var in question as its subject; of two about one var the one with something to do.
step_findings as (

    select
        {{ finding('another step', "'telemetry'", 'subject', '1', 'null', 'min_by(example, cure)', 'min(cure)') }}
    from {{ ref('step_findings') }}
    group by subject

),

-- A sensor of which nothing ever came has no features: said once.
features_of_sensors_heard as (

    select feature_findings.*
    from feature_findings
    left join reading_findings
        on
            feature_findings.subject = reading_findings.subject
            and reading_findings.kind = 'sensor without readings'
    where reading_findings.subject is null

),

united as (

    select * from feed_findings
    union all
    select * from reading_findings
    union all
    select * from excess_findings
    union all
    select * from event_findings
    union all
    select * from failure_findings
    union all
    select * from machine_findings
    union all
    select * from features_of_sensors_heard
    union all
    select * from step_findings

),

shared as (

    select
        *,
        cast(occurrences as double) / nullif(total, 0) as share
    from united

),

final as (

    select
        feed,
        kind,
        case when share < {{ telling_share() }} then 'note' else severity end as severity,
        subject,
        occurrences,
        share,
        what,
        example,
        cure
    from shared

)

select * from final
