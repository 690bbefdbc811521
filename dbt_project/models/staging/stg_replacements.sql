{{ config(materialized='incremental', meta={'range_column': 'event_at'}) }}

with raw_maint as (

    select * from {{ source('raw', 'maint') }}
    where true {{ since_build_at('datetime') }}

),

-- The same event reported twice is one event, known from its first report on.
final as (

    select
        machineID as machine_id,
        datetime as event_at,
        comp as component,
        min({{ available_at('maint') }}) as available_at
    from raw_maint
    group by machineID, datetime, comp

)

select * from final
