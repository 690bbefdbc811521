{{ config(materialized='incremental', on_schema_change='append_new_columns', meta={'range_column': 'event_at'}) }}

with raw_failures as (

    select
        reports.*,
        {{ identifier_of('reports.failure', 'components') }} as component,
        {{ known_at('failures') }} as known_at,
        case when reports.ended_at >= reports.datetime then reports.ended_at end as plausible_end,
        case when reports.known_good_at <= reports.datetime then reports.known_good_at end as plausible_good
    from {{ source('raw', 'failures') }} as reports
    left join {{ ref('file_arrivals') }} as arrivals on reports._file_id = arrivals.file_id
    where true {{ since_build_at('datetime') }}

),

-- The same event reported twice is one event, known from its first report on; its end, and when it was
-- last known to work, are what was landed last.
final as (

    select
        machineID as machine_id,
        datetime as event_at,
        component,
        min(known_at) as available_at,
        max_by(plausible_end, {{ landing_order('_file_id', 'known_at') }}) filter (where plausible_end is not null) as ended_at,
        min(known_at) filter (where plausible_end is not null) as end_known_at,
        max_by(plausible_good, {{ landing_order('_file_id', 'known_at') }}) filter (where plausible_good is not null) as known_good_at,
        min(known_at) filter (where plausible_good is not null) as good_known_at
    from raw_failures
    group by machineID, datetime, component

)

select * from final
