-- The look at what has changed in it must come before the change.
-- depends_on: {{ ref('rebuild_window') }}
with reach as (

    select * from {{ ref('reach_as_known') }}

),

final as (

    select * from reach

)

select * from final
