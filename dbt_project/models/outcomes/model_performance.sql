-- Answers from before horizon_hours was changed spoke of another time than today's labels do.
with predictions as (

    select * from {{ ref('predictions') }}
    where
        failure_probability is not null
        and horizon_hours = {{ horizon_hours() }}

),

labels as (

    select * from {{ ref('failure_labels') }}

),

failures as (

    select
        machine_id,
        component,
        {{ us('failed_at') }} as event_us,
        {{ good_us(found='failed_at') }} as good_us
    from {{ ref('outages') }}

),

nights as (

    select
        {{ week_of('predictions.as_of') }} as week,
        predictions.model_name,
        predictions.model_version,
        predictions.machine_id,
        {{ us('predictions.as_of') }} as as_of_us,
        predictions.failure_probability,
        predictions.alert,
        labels.label_status,
        labels.fails_any
    from predictions
    inner join labels
        on
            predictions.machine_id = labels.machine_id
            and predictions.as_of = labels.as_of

),

judged as (

    select * from nights
    where label_status = 'mature'

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

rated as (

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
        cast(30 as double) * count(*) filter (where alert and fails_any = 0) / count(*) as false_alerts_per_machine_month
    from ranked
    group by week, model_name, model_version

),

-- The nights whose horizon held a failure: for certain, or perhaps.
ahead as (

    select
        nights.*,
        failures.component,
        failures.event_us,
        case when failures.good_us < failures.event_us - 1 then failures.good_us else failures.event_us end as worked_us,
        nights.as_of_us <= failures.good_us
        and nights.as_of_us + {{ hours_us(horizon_hours()) }} >= failures.event_us as is_certain
    from nights
    inner join failures
        on
            nights.machine_id = failures.machine_id
            and nights.as_of_us < failures.event_us
            and nights.as_of_us + {{ hours_us(horizon_hours()) }} > failures.good_us
    where nights.label_status != 'down'

),

-- A failure counts once, in the week of the first night that could have foreseen it, when all such nights are settled; and not
-- at all where the only alerts may have come after it, or too early.
events as (

    select
        model_name,
        model_version,
        min(week) filter (where is_certain) as week,
        count(*) filter (where is_certain and alert) > 0 as caught,
        {{ hours_between_us('min(as_of_us) filter (where is_certain and alert)', 'min(worked_us)') }} as lead_hours
    from ahead
    group by model_name, model_version, machine_id, component, event_us
    having
        count(*) filter (where label_status = 'pending') = 0
        and count(*) filter (where is_certain) > 0
        and (count(*) filter (where is_certain and alert) > 0 or count(*) filter (where alert) = 0)

),

caught as (

    select
        week,
        model_name,
        model_version,
        count(*) as failures,
        count(*) filter (where caught) as failures_caught,
        median(lead_hours) as median_lead_hours
    from events
    group by week, model_name, model_version

),

windows as (

    select
        {{ week_of('as_of') }} as week,
        model_name,
        model_version,
        count(*) as windows,
        cast(count(*) filter (where is_inside) as double) / nullif(count(is_inside), 0) as windows_held,
        median(remaining_hours_high - remaining_hours_low) as median_window_hours,
        median(error_hours) as median_remaining_error_hours
    from {{ ref('matured_windows') }}
    group by {{ week_of('as_of') }}, model_name, model_version

),

final as (

    select
        rated.*,
        coalesce(caught.failures, 0) as failures,
        coalesce(caught.failures_caught, 0) as failures_caught,
        coalesce(caught.failures - caught.failures_caught, 0) as failures_missed,
        caught.median_lead_hours,
        coalesce(windows.windows, 0) as windows,
        windows.windows_held,
        windows.median_window_hours,
        windows.median_remaining_error_hours
    from rated
    left join caught
        on
            rated.week = caught.week
            and rated.model_name = caught.model_name
            and rated.model_version = caught.model_version
    left join windows
        on
            rated.week = windows.week
            and rated.model_name = windows.model_name
            and rated.model_version = windows.model_version

)

select * from final
