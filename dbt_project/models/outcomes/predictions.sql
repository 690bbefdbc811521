with prediction_log as (

    select * from {{ source('ml', 'prediction_log') }}

),

final as (

    select {{ prediction_columns() | map('first') | join(', ') }}
    from prediction_log
    qualify row_number() over (
        partition by machine_id, as_of, model_version
        order by scored_at desc, features_hash asc
    ) = 1

)

select * from final
