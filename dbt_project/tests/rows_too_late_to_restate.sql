{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'build_window'}}}) }}

{#- Raw events that came after a night had stopped restating their day. They are not in staging until somebody builds with
    the var restate_from (a date) or with --full-refresh. -#}
{%- set feeds = [
    ('telemetry', 'stg_telemetry', {'machineID': 'machine_id', 'datetime': 'event_at'}),
    ('errors', 'stg_errors', {'machineID': 'machine_id', 'datetime': 'event_at', 'errorID': 'error_code'}),
    ('maint', 'stg_replacements', {'machineID': 'machine_id', 'datetime': 'event_at', 'comp': 'component'}),
    ('failures', 'stg_failures', {'machineID': 'machine_id', 'datetime': 'event_at', 'failure': 'component'}),
] %}
{% for feed, model, keys in feeds %}
select
    '{{ feed }}' as feed,
    raw.machineID as machine_id,
    raw.datetime as event_at
from {{ source('raw', feed) }} as raw
left join {{ ref(model) }} as staged
    on
        {%- for raw_column, column in keys.items() %}
        raw.{{ raw_column }} = staged.{{ column }}{{ ' and' if not loop.last }}
        {%- endfor %}
where
    staged.machine_id is null
    and {{ us('raw.datetime') }} < (select from_us from {{ ref('build_window') }})
{{ 'union all' if not loop.last }}
{% endfor %}
