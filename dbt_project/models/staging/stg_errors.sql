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

    select events.*
    from events
    {% if build_from_us() is not none -%}
    -- What was known before this build's window stands in the table, whoever reports it again.
    left join {{ this }} as before
        on
            events.machine_id = before.machine_id
            and events.event_at = before.event_at
            and events.error_code = before.error_code
            and before.available_at < {{ timestamp_literal(build_from_us()) }}
    where before.machine_id is null
    {%- endif %}

)

select * from final
