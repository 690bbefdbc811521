-- The look at what has changed in them must come before the change.
-- depends_on: {{ ref('rebuild_window') }}
with outages as (

    select * from {{ ref('outages_as_known') }}

),

final as (

    select * from outages

)

select * from final
