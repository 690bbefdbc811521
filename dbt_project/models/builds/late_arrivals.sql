{{ config(materialized='incremental', unique_key='file_id', meta={'partition_column': 'file_id'}) }}
{%- set from_us = build_from_us() %}
{%- set built = built_file_id() %}

with landed_files as (

    select * from {{ source('raw', 'landed_files') }}

),

{% for feed in ['telemetry', 'errors', 'maint', 'failures'] -%}
{{ feed }} as (

    select
        _file_id as file_id,
        count(*) as late_rows,
        min(datetime) as first_event_at
    from {{ source('raw', feed) }}
    where
        {% if from_us is none -%}
        -- A build of all history is too late for nothing.
        false
        {%- else -%}
        _file_id > {{ built }}
        and datetime < {{ timestamp_literal(from_us) }}
        {% if feed in ('errors', 'maint') -%}
        -- One that says when it became known counts from then on, as it should.
        and (available_at is null or available_at < {{ timestamp_literal(from_us) }})
        {%- endif %}
        {%- endif %}
    group by _file_id

),

{% endfor -%}

late as (

    select * from telemetry
    union all
    select * from errors
    union all
    select * from maint
    union all
    select * from failures

),

final as (

    select
        late.file_id,
        landed_files.feed,
        landed_files.file as file_name,
        late.late_rows,
        late.first_event_at
    from late
    inner join landed_files on late.file_id = landed_files._file_id

)

select * from final
