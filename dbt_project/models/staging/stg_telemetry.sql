{{ config(
    materialized='incremental',
    meta={'range_column': 'event_at', 'slices': {'schema': 'raw', 'table': 'telemetry', 'column': 'datetime'}}
) }}
{%- set sensors = var('sensors').keys() | list -%}
{%- set has_running = tells_running() -%}
{%- set merged = sensors + (['running'] if has_running else []) -%}
{%- set are_shared = may_be_shared(source('raw', 'telemetry'), 'datetime', 'machineID') -%}

with raw_telemetry as (

    select * from {{ source('raw', 'telemetry') }}
    where true {{ since_build_at('datetime') }} {{ in_slice('datetime') }}

),

reports as (

    select
        machineID as machine_id,
        datetime as event_at,
        {% for sensor in sensors -%}
        {{ plausible_reading(sensor) }} as {{ sensor }},
        {% endfor -%}
        {{ ('running,' if raw_tells_running() else 'cast(null as boolean) as running,') if has_running }}
        {{ available_at('telemetry') }} as available_at,
        _file_id as file_id
    from raw_telemetry

),

{% if are_shared -%}
-- A reading reported in several rows is merged or corrected. In most fleets they are few: only they pay for what follows.
{{ mark_shared('reports', 'event_at', 'machine_id') }},

-- What became known at one moment, sensor by sensor: the file landed last has the word, and an empty cell says nothing.
-- A reading outside its range has become an empty cell above. Rows of one file never contradict each other: landing sees to that.
moments as (

    select
        machine_id,
        event_at,
        available_at
        {%- for sensor in merged %},
        max_by({{ sensor }}, file_id) filter (where {{ sensor }} is not null) as {{ sensor }}
        {%- endfor %}
    from marked
    where is_shared
    group by machine_id, event_at, available_at

),

-- Of each sensor the latest value that was known by then.
versions as (

    select
        moments.machine_id,
        moments.event_at,
        moments.available_at
        {%- for sensor in merged %},
        max_by(earlier.{{ sensor }}, earlier.available_at) filter (where earlier.{{ sensor }} is not null) as {{ sensor }}
        {%- endfor %}
    from moments
    inner join moments as earlier
        on
            moments.machine_id = earlier.machine_id
            and moments.event_at = earlier.event_at
            and moments.available_at >= earlier.available_at
    group by moments.machine_id, moments.event_at, moments.available_at

),

current_stretches as (

    select
        *,
        lead(available_at) over (partition by machine_id, event_at order by available_at) as superseded_at
    from versions

),

united as (

    select
        machine_id,
        event_at,
        {{ merged | join(', ') }},
        available_at,
        cast(null as timestamp) as superseded_at
    from marked
    where not is_shared

    union all

    select
        machine_id,
        event_at,
        {{ merged | join(', ') }},
        available_at,
        superseded_at
    from current_stretches
    {{ in_time_order() }}

),

{% endif -%}
final as (

    select
        machine_id,
        event_at,
        {% for sensor in sensors -%}
        {{ fixed_point(sensor, if_so='coalesce(running, true)' if has_running else none) }} as {{ sensor }},
        {% endfor -%}
        {{ 'coalesce(running, true) as is_running,' if has_running }}
        available_at,
        {{ 'superseded_at' if are_shared else 'cast(null as timestamp) as superseded_at' }}
    from {{ 'united' if are_shared else 'reports' }}

)

select * from final
