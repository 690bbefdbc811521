{{ config(materialized='incremental', meta={'range_column': 'event_at'}) }}

with raw_errors as (

    select * from {{ source('raw', 'errors') }}
    where true {{ since_build_at('datetime') }}

),

-- The same event reported twice is one event, known from its first report on.
final as (

    select
        machineID as machine_id,
        datetime as event_at,
        errorID as error_code,
        min({{ available_at('errors') }}) as available_at
    from raw_errors
    group by machineID, datetime, errorID

)

select * from final
