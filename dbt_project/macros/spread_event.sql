{#- The snapshots that an event can reach: bucket ends from `first_us` on, `reach_hours` long. Joining them to the spine
    by equality keeps events that fall into gaps and after the last reading, and is a plain hash join. -#}
{% macro spread_event(first_us, reach_hours) -%}
    {{ series_from(first_us, first_us ~ ' + ' ~ hours_us(reach_hours), hours_us(bucket_hours())) }}
{%- endmacro %}
