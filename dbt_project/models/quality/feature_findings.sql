{%- set text = dbt.type_string() -%}
{%- set windows = var('windows_hours') | sort -%}
{%- set longest, step, least = windows[-1], var('telemetry_step_hours'), var('min_baseline_readings') -%}
{%- set due = ((var('baseline_hours') - longest) / step) | int -%}
{%- set days = 7 -%}
{#- What may be NULL together, by the column that tells; a sensor's other features follow from one of these. -#}
{%- set groups = [] -%}
{%- for sensor in var('sensors') -%}
    {%- set heard = feature_name(sensor, 'mean', longest) -%}
    {%- do groups.append({
        'subject': sensor, 'tells': heard, 'unless': none,
        'columns': windows | length * 5, 'cure': 'no usable reading of it came in these days: see its range in vars.sensors, and bring the sensor back'
    }) -%}
    {%- do groups.append({
        'subject': sensor ~ ' baseline', 'tells': feature_name(sensor, 'baseline_mean'), 'unless': heard, 'columns': windows | length + 2,
        'cure': 'min_baseline_readings = ' ~ least ~ ', and in baseline_hours before the longest window only ' ~ due ~ ' are due: ask for at most so many, or lengthen baseline_hours'
            if due < least else 'a baseline needs ' ~ least ~ ' readings older than ' ~ longest ~ ' h (min_baseline_readings): it fills as history grows'
    }) -%}
    {%- do groups.append({
        'subject': sensor ~ ' shift', 'tells': feature_name(sensor, 'shift', longest), 'unless': feature_name(sensor, 'baseline_mean'),
        'columns': windows | length, 'cure': 'its readings never vary: see whether the sensor is stuck, or remove it from vars.sensors'
    }) -%}
    {%- for hours in windows[:-1] -%}
        {%- do groups.append({
            'subject': sensor ~ ' ' ~ hours ~ ' h', 'tells': feature_name(sensor, 'mean', hours), 'unless': heard, 'columns': 5,
            'cure': 'no reading falls into so short a window: remove ' ~ hours ~ ' from windows_hours, or correct telemetry_step_hours'
        }) -%}
    {%- endfor -%}
    {%- for hours in windows -%}
        {%- do groups.append({
            'subject': sensor ~ ' ' ~ hours ~ ' h sd', 'tells': feature_name(sensor, 'sd', hours), 'unless': feature_name(sensor, 'mean', hours),
            'columns': 1, 'cure': 'at most one reading falls into the window: remove ' ~ hours ~ ' from windows_hours, or correct telemetry_step_hours'
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for column in ['model', 'age'] -%}
    {%- do groups.append({
        'subject': column, 'tells': column, 'unless': none, 'columns': 1, 'cure': 'add ' ~ column ~ ' to the machines file where it is known',
        'severity': 'note'
    }) -%}
{%- endfor %}

with mart as (

    select * from {{ ref('feature_mart') }}

),

last_days as (

    select *
    from mart
    where as_of > (select max(mart.as_of) - interval {{ days }} days from mart)

),

counted as (

    select
        count(*) as snapshots
        {%- for column in (groups | map(attribute='tells') | list) | unique %},
        count({{ column }}) as {{ column }}_known
        {%- endfor %}
    from last_days

),

numbers as (

    select {{ series_from(1, groups | length) }} as place

),

judged as (

    select
        numbers.place,
        case numbers.place
            {%- for group in groups %}
            when {{ loop.index }}
                then counted.snapshots > 0 and counted.{{ group.tells }}_known = 0{% if group.unless %} and counted.{{ group.unless }}_known > 0{% endif %}
            {%- endfor %}
        end as is_empty
    from counted
    cross join numbers

),

named as (

    select
        case place
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.subject }}'
            {%- endfor %}
        end as subject,
        case place
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.severity or 'warning' }}'
            {%- endfor %}
        end as severity,
        case place
            {%- for group in groups %}
            when {{ loop.index }} then {{ group.columns }}
            {%- endfor %}
        end as features,
        case place
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.tells }}'
            {%- endfor %}
        end as example,
        case place
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.cure }}'
            {%- endfor %}
        end as cure
    from judged
    where is_empty

),

final as (

    select
        {{ finding('empty feature', "'features'", 'subject', 'features', 'null', "concat('such as ', example)", 'cure', severity='severity') }}
    from named

)

select * from final
