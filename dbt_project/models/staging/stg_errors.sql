{{ config(materialized='incremental', meta={'range_column': 'available_at'}) }}

with raw_errors as (

    select
        reports.*,
        {{ identifier_of('reports.errorID', 'error_codes') }} as error_code,
        {{ known_at('errors') }} as known_at
    from {{ source('raw', 'errors') }} as reports
    left join {{ ref('file_arrivals') }} as arrivals on reports._file_id = arrivals.file_id

),

-- The same event reported twice is one event, known from its first report on.
events as (

    select
        machineID as machine_id,
        datetime as event_at,
        error_code,
        min(known_at) as available_at
    from raw_errors
    where true {{ since_build_at('known_at', is_clock=false) }}
    group by machineID, datetime, error_code

),

final as (

    {{ newly_known('events', ['machine_id', 'event_at', 'error_code']) }}

)

select * from final
