with predictions as (

    select * from {{ ref('predictions') }}
    where failure_probability is not null

),

labels as (

    select * from {{ ref('failure_labels') }}
    where label_status = 'mature'

),

judged as (

    select
        {{ week_of('predictions.as_of') }} as week,
        predictions.model_name,
        predictions.model_version,
        predictions.machine_id,
        predictions.failure_probability,
        predictions.alert,
        labels.fails_any
    from predictions
    inner join labels
        on
            predictions.machine_id = labels.machine_id
            and predictions.as_of = labels.as_of

),

-- Ties share a rank, so that equal scores earn the same precision in any row order.
ranked as (

    select
        *,
        sum(fails_any) over at_least_as_risky as hits_so_far,
        count(*) over at_least_as_risky as rows_so_far
    from judged
    window at_least_as_risky as (
        partition by week, model_name, model_version
        order by failure_probability desc
        range between unbounded preceding and current row
    )

),

final as (

    select
        week,
        model_name,
        model_version,
        count(*) as mature_rows,
        cast(sum(fails_any) as integer) as failing_rows,
        sum(fails_any * cast(hits_so_far as double) / rows_so_far) / nullif(sum(fails_any), 0) as average_precision,
        cast(count(*) filter (where alert and fails_any = 1) as double)
        / nullif(count(*) filter (where alert), 0) as alert_precision,
        cast(count(*) filter (where alert and fails_any = 1) as double) / nullif(sum(fails_any), 0) as alert_recall,
        count(*) filter (where alert and fails_any = 0) as false_alerts,
        -- A machine-month is 30 nights of one machine.
        30.0 * count(*) filter (where alert and fails_any = 0) / count(*) as false_alerts_per_machine_month
    from ranked
    group by week, model_name, model_version

)

select * from final
