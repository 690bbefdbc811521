{{ config(materialized='view') }}

-- Without the name of the database, so that whoever attaches the file by another name can read it.
with labels as (

    select * from {{ ref('failure_labels').include(database=false) }}

),

sensor_features as (

    select * from {{ ref('sensor_features').include(database=false) }}

),

error_features as (

    select * from {{ ref('error_features').include(database=false) }}

),

component_features as (

    select * from {{ ref('component_features').include(database=false) }}

),

machines as (

    select * from {{ ref('stg_machines').include(database=false) }}

),

final as (

    select
        labels.machine_id,
        labels.as_of,
        labels.label_status,
        labels.fails_any,
        {% for component in var('components') -%}
        labels.fails_{{ component }},
        {% endfor -%}
        machines.model,
        machines.age,
        {% for column in mart_features() -%}
        {{ column.relation }}.{{ column.name }}{{ ',' if not loop.last }}
        {% endfor %}
    from labels
    inner join sensor_features
        on labels.machine_id = sensor_features.machine_id and labels.as_of = sensor_features.as_of
    inner join error_features
        on labels.machine_id = error_features.machine_id and labels.as_of = error_features.as_of
    inner join component_features
        on labels.machine_id = component_features.machine_id and labels.as_of = component_features.as_of
    left join machines on labels.machine_id = machines.machine_id

)

select * from final
