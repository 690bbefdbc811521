{{ config(materialized='incremental', meta={'range_column': 'event_at'}) }}

with raw_failures as (

    select * from {{ source('raw', 'failures') }}
    where true {{ since_build_at('datetime') }}

),

-- The same event reported twice is one event, known from its first report on.
final as (

    select
        machineID as machine_id,
        datetime as event_at,
        failure as component,
        min({{ available_at('failures') }}) as available_at
    from raw_failures
    group by machineID, datetime, failure

)

select * from final
