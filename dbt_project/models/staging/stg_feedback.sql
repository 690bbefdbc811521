with raw_feedback as (

    select
        *,
        {{ identifier_of('comp', 'components') }} as component,
        {{ available_at('feedback') }} as known_at
    from {{ source('raw', 'feedback') }}

),

-- The crew corrects itself by saying it again: what landed last has the word.
final as (

    select
        machineID as machine_id,
        component,
        datetime as given_at,
        verdict,
        note
    from raw_feedback
    qualify row_number() over (
        partition by machineID, component, datetime
        order by _file_id desc, known_at desc
    ) = 1

)

select * from final
