with answers as (

    select * from {{ ref('predictions') }}
    where failure_probability is not null

),

labels as (

    select * from {{ ref('failure_labels') }}
    where label_status = 'mature'

),

failures as (

    select
        *,
        {{ us('failed_at') }} as failed_us,
        {{ good_us(found='failed_at') }} as good_us
    from {{ ref('outages') }}

),

-- The first report of a failure that the horizon holds for certain: a night before it took the machine for sound.
final as (

    select
        answers.machine_id,
        answers.as_of,
        answers.model_version,
        answers.failure_probability,
        min(failures.known_at) as failure_known_at
    from answers
    inner join labels
        on
            answers.machine_id = labels.machine_id
            and answers.as_of = labels.as_of
    left join failures
        on
            answers.machine_id = failures.machine_id
            and failures.good_us >= {{ us('answers.as_of') }}
            and failures.failed_us
            <= {{ us('answers.as_of') }} + cast(answers.horizon_hours as bigint) * {{ hours_us(1) }}
    group by answers.machine_id, answers.as_of, answers.model_version, answers.failure_probability

)

select * from final
