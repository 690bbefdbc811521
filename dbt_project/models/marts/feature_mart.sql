{{ config(
    meta={'range_column': 'as_of', 'range_back_hours': label_reach_hours()},
    post_hook=["{{ refresh_register() }}", "{{ finish_build() }}"]
) }}

-- The look at what the build is about to change must come before the change.
-- depends_on: {{ ref('restated_snapshots') }}
-- With the mart the build is finished: whatever else grows must have grown before.
-- depends_on: {{ ref('lost_readings') }}
with mart_rows as (

    select * from {{ ref('mart_rows').include(database=false) }}
    where true {{ since_build_at('as_of', label_reach_hours(), is_clock=false) }}

),

final as (

    select * from mart_rows

)

select * from final
