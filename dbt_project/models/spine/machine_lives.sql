-- The look at what has changed in them must come before the change.
-- depends_on: {{ ref('rebuild_window') }}
with lives as (

    select * from {{ ref('lives_as_known') }}

),

final as (

    select * from lives

)

select * from final
