with raw_feedback as (

    select
        words.*,
        {{ identifier_of('words.comp', 'components') }} as component,
        {{ known_at('feedback') }} as known_at
    from {{ source('raw', 'feedback') }} as words
    left join {{ ref('file_arrivals') }} as arrivals on words._file_id = arrivals.file_id

),

-- The crew corrects itself by saying it again: what landed last has the word.
final as (

    select
        machineID as machine_id,
        component,
        datetime as given_at,
        verdict,
        note,
        known_at
    from raw_feedback
    qualify row_number() over (
        partition by machineID, component, datetime
        order by _file_id desc, known_at desc
    ) = 1

)

select * from final
