{{ config(
    materialized='incremental',
    meta={'range_column': 'event_at', 'slices': {'schema': 'raw', 'table': 'telemetry', 'column': 'datetime'}}
) }}
{%- set sensors = var('sensors').keys() | list -%}

with raw_telemetry as (

    select * from {{ source('raw', 'telemetry') }}
    where true {{ since_build_at('datetime') }} {{ in_slice('datetime') }}

),

versions as (

    select
        machineID as machine_id,
        datetime as event_at,
        {% for sensor in sensors -%}
        cast({{ sensor }} as decimal(18, {{ var('sensor_decimals') }})) as {{ sensor }},
        {% endfor -%}
        {{ available_at('telemetry') }} as available_at,
        _file_id as file_id
    from raw_telemetry

),

-- A reading landed twice with other values is a correction. They are few: only they pay for the ordering below.
corrected_keys as (

    select
        machine_id,
        event_at
    from versions
    group by machine_id, event_at
    having count(*) > 1

),

marked as (

    select
        versions.*,
        corrected_keys.machine_id is not null as is_corrected
    from versions
    left join corrected_keys
        on
            versions.machine_id = corrected_keys.machine_id
            and versions.event_at = corrected_keys.event_at

),

corrected as (

    select
        *,
        lead(available_at) over (
            partition by machine_id, event_at order by available_at, file_id
        ) as superseded_at
    from marked
    where is_corrected

),

final as (

    select
        machine_id,
        event_at,
        {{ sensors | join(', ') }},
        available_at,
        cast(null as timestamp) as superseded_at
    from marked
    where not is_corrected

    union all

    select
        machine_id,
        event_at,
        {{ sensors | join(', ') }},
        available_at,
        superseded_at
    from corrected
    -- A version that another replaced at the moment it appeared was never visible.
    where superseded_at is null or superseded_at > available_at

)

-- In time order whatever the joins made of it: a night skips the row groups of other days.
select * from final
order by event_at, machine_id
