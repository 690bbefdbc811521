{{ config(
    materialized='incremental',
    meta={'range_column': 'as_of', 'range_back_hours': label_reach_hours(), 'slices': {'table': 'spine', 'column': 'as_of'}},
    post_hook=["{{ refresh_register() }}", "{{ finish_build() }}"]
) }}

-- The look at what the build is about to change must come before the change.
-- depends_on: {{ ref('restated_snapshots') }}
-- With the mart the build is finished: whatever else grows must have grown before.
-- depends_on: {{ ref('lost_readings') }}
with mart_rows as (

    select * from {{ ref('mart_rows') }}
    where true {{ since_build_at('as_of', label_reach_hours(), is_clock=false) }} {{ in_slice('as_of') }}

),

-- In time order without a sort: sensor_features, the widest side of its join, is streamed as it lies.
final as (

    select * from mart_rows

)

select * from final
