{{ config(materialized='incremental', meta={'range_column': 'event_at'}) }}

with raw_failures as (

    select
        reports.*,
        {{ known_at('failures') }} as known_at
    from {{ source('raw', 'failures') }} as reports
    left join {{ ref('file_arrivals') }} as arrivals on reports._file_id = arrivals.file_id
    where true {{ since_build_at('datetime') }}

),

-- The same event reported twice is one event, known from its first report on.
final as (

    select
        machineID as machine_id,
        datetime as event_at,
        failure as component,
        min(known_at) as available_at
    from raw_failures
    group by machineID, datetime, failure

)

select * from final
