{{ config(materialized='incremental', meta={'range_column': 'available_at'}) }}

with raw_maint as (

    select
        reports.*,
        {{ identifier_of('reports.comp', 'components') }} as component,
        {{ known_at('maint') }} as known_at
    from {{ source('raw', 'maint') }} as reports
    left join {{ ref('file_arrivals') }} as arrivals on reports._file_id = arrivals.file_id

),

-- The same event reported twice is one event, known from its first report on.
events as (

    select
        machineID as machine_id,
        datetime as event_at,
        component,
        min(known_at) as available_at
    from raw_maint
    where true {{ since_build_at('known_at', is_clock=false) }}
    group by machineID, datetime, component

),

final as (

    {{ newly_known('events', ['machine_id', 'event_at', 'component']) }}

)

select * from final
