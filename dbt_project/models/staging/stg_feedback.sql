with raw_feedback as (

    select
        *,
        {{ available_at('feedback') }} as known_at
    from {{ source('raw', 'feedback') }}

),

-- The crew corrects itself by saying it again: what landed last has the word.
final as (

    select
        machineID as machine_id,
        comp as component,
        datetime as given_at,
        verdict,
        note
    from raw_feedback
    qualify row_number() over (
        partition by machineID, comp, datetime
        order by _file_id desc, known_at desc
    ) = 1

)

select * from final
