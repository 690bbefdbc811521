with answers as (

    select * from {{ ref('nightly_answers') }}

),

latest_night as (

    select max(as_of) as as_of from answers

),

machines as (

    select * from {{ ref('stg_machines') }}

),

final as (

    select
        cast(
            row_number() over (
                order by
                    answers.alert desc nulls last,
                    answers.failure_probability desc nulls last,
                    answers.distance_from_normal desc nulls last,
                    answers.machine_id asc
            ) as integer
        ) as risk_rank,
        answers.*,
        machines.model as machine_model,
        machines.age as machine_age
    from answers
    inner join latest_night on answers.as_of = latest_night.as_of
    left join machines on answers.machine_id = machines.machine_id

)

select * from final
order by risk_rank
