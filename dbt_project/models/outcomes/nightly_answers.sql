with predictions as (

    select * from {{ ref('predictions') }}

),

-- Where two versions have scored a night, the crew reads the later answer.
final as (

    select * from predictions
    qualify row_number() over (
        partition by machine_id, as_of
        order by scored_at desc, model_version desc
    ) = 1

)

select * from final
