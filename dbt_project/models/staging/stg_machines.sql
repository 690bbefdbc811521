with raw_machines as (

    select * from {{ source('raw', 'machines') }}

),

-- The register carries no clock: the row landed last describes the machine.
final as (

    select
        machineID as machine_id,
        model,
        age,
        in_service_from,
        in_service_until
    from raw_machines
    qualify row_number() over (partition by machineID order by _file_id desc) = 1

)

select * from final
