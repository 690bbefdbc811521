{{ config(unique_key='machine_id') }}

with telemetry as (

    select * from {{ ref('stg_telemetry') }}
    where true {{ since_build_at('event_at') }}

),

first_known as (

    select
        machine_id,
        min(greatest({{ us('event_at') }}, {{ us('available_at') }})) as first_known_us
    from telemetry
    group by machine_id

    {% if is_incremental() -%}
    union all

    -- What was known stays known: a start can only move to an earlier moment.
    select
        machine_id,
        first_known_us
    from {{ this }}
    {%- endif %}

),

final as (

    select
        machine_id,
        min(first_known_us) as first_known_us
    from first_known
    group by machine_id

)

select * from final
