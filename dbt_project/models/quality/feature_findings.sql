{%- set text = dbt.type_string() -%}
{%- set windows = var('windows_hours') | sort -%}
{%- set longest, least, days = windows[-1], var('min_baseline_readings'), 7 -%}
{#- Where the last days begin, as a literal, so that row groups and partitions before them are skipped; none before there is a spine. -#}
{%- set spine = load_relation(ref('spine')) if execute -%}
{%- set last_us = asked_once('select ' ~ us('max(as_of)') ~ ' from ' ~ spine) if spine -%}
{#- What may be NULL together: the column that tells, `unless` one that explains it is NULL too or, `of_register`, no machine
    is registered (machine_findings tells that), how many `columns` follow from it, and the cure as SQL. One finding a subject,
    whatever the number of sensors. -#}
{%- set groups = [] -%}
{%- for sensor in sensors_of('gauge') -%}
    {%- set heard = feature_name(sensor, 'mean', longest) -%}
    {%- do groups.append({
        'subject': sensor, 'tells': heard, 'columns': windows | length * 5,
        'cure': "'no usable reading of it came in these days: see its range in vars.sensors, and bring the sensor back'"
    }) -%}
    {%- do groups.append({
        'subject': 'baseline', 'tells': feature_name(sensor, 'baseline_mean'), 'unless': heard, 'columns': windows | length + 2,
        'cure': "case
                        when history.history_us < " ~ hours_us(var('baseline_hours')) ~ "
                            then 'a baseline needs " ~ least ~ " readings older than " ~ longest ~ " h: it fills as history grows'
                        else concat(
                            'min_baseline_readings = " ~ least ~ ", and baseline_hours holds at most ',
                            cast(cast(counted." ~ sensor ~ "_most as bigint) as " ~ text ~ "),
                            ' readings: ask for no more than these, or lengthen baseline_hours'
                        )
                    end"
    }) -%}
    {%- if sensor in compared_sensors() -%}
        {%- do groups.append({
            'subject': 'regimes', 'tells': feature_name(sensor, 'like_mean', longest), 'unless': heard, 'columns': windows | length,
            'cure': "'no regime has " ~ least_like_readings() ~ " readings of the fleet (min_baseline_readings) to compare with: see the edges in regimes'"
        }) -%}
    {%- endif -%}
    {%- if tells_wear() -%}
        {%- do groups.append({
            'subject': 'wear', 'tells': feature_name(sensor, 'wear', longest), 'columns': windows | length,
            'unless': feature_name(sensor, 'like_mean', longest) if sensor in compared_sensors() else heard,
            'cure': "'no machine sent " ~ least_new_readings() ~ " readings that vary while it was new: lengthen new_hours, or set it to 0'"
        }) -%}
    {%- endif -%}
    {%- if sensor not in compared_sensors() -%}
    {%- do groups.append({
        'subject': 'shift', 'tells': feature_name(sensor, 'shift', longest), 'unless': feature_name(sensor, 'baseline_mean'),
        'columns': windows | length,
        'cure': "'its readings never vary: see whether the sensor is stuck, or take it out of vars.sensors'"
    }) -%}
    {%- endif -%}
    {%- for hours in windows -%}
        {%- if not loop.last -%}
            {%- do groups.append({
                'subject': 'windows', 'tells': feature_name(sensor, 'mean', hours), 'unless': heard, 'columns': 5,
                'cure': "'no reading falls into so short a window: take it out of windows_hours, or correct telemetry_step_hours'"
            }) -%}
        {%- endif -%}
        {%- do groups.append({
            'subject': 'windows sd', 'tells': feature_name(sensor, 'sd', hours), 'unless': feature_name(sensor, 'mean', hours), 'columns': 1,
            'cure': "'at most one reading falls into so short a window: take it out of windows_hours, or correct telemetry_step_hours'"
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for sensor in var('sensors') if sensor_kind(sensor) != 'gauge' -%}
    {#- A counter has features of two readings on, a state of one on. -#}
    {%- set stat = 'increase' if sensor_kind(sensor) == 'counter' else 'share_' ~ (states_of(sensor) | first) -%}
    {%- do groups.append({
        'subject': sensor, 'tells': feature_name(sensor, stat, longest), 'columns': windows | length * [states_of(sensor) | length, 1] | max,
        'cure': "'no usable reading of it came in these days, or of a counter no two: see its range in vars.sensors, and bring the sensor back'"
    }) -%}
{%- endfor -%}
{%- for column in ['model', 'age'] -%}
    {%- do groups.append({
        'subject': column, 'tells': column, 'columns': 1, 'of_register': true, 'severity': 'note', 'cure': "'add it to the machines file where it is known'"
    }) -%}
{%- endfor %}

with mart as (

    select * from {{ ref('feature_mart') }}

),

history as (

    select
        max(as_of) as last_at,
        {{ us('max(as_of)') }} - {{ us('min(as_of)') }} as history_us
    from {{ ref('spine') }}

),

last_days as (

    select * from mart
    {% if last_us -%}
    where as_of > {{ timestamp_literal(last_us - hours_us(24 * days)) }}
    {%- else -%}
    where as_of > (select history.last_at from history) - interval {{ days }} days
    {%- endif %}

),

counted as (

    select
        count(*) as snapshots,
        (select count(*) from {{ ref('stg_machines') }}) as registered
        {%- for sensor in sensors_of('gauge') %},
        max({{ feature_name(sensor, 'baseline_n') }}) as {{ sensor }}_most
        {%- endfor %}
        {%- for column in groups | map(attribute='tells') | unique %},
        count({{ column }}) as {{ column }}_known
        {%- endfor %}
    from last_days

),

numbers as (

    select {{ series_from(1, groups | length) }} as number

),

judged as (

    select
        numbers.number,
        case numbers.number
            {%- for group in groups %}
            when {{ loop.index }}
                then
                    counted.snapshots > 0
                    and counted.{{ group.tells }}_known = 0
                    {%- if group.of_register %}
                    and counted.registered > 0
                    {%- endif %}
                    {%- if group.unless %}
                    and counted.{{ group.unless }}_known > 0
                    {%- endif %}
            {%- endfor %}
        end as is_empty,
        case numbers.number
            {%- for group in groups %}
            when {{ loop.index }}
                then
                    {{ group.cure }}
            {%- endfor %}
        end as cure
    from counted
    cross join history
    cross join numbers

),

named as (

    select
        cure,
        case number
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.subject }}'
            {%- endfor %}
        end as subject,
        case number
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.severity or 'warning' }}'
            {%- endfor %}
        end as severity,
        case number
            {%- for group in groups %}
            when {{ loop.index }} then {{ group.columns }}
            {%- endfor %}
        end as features,
        case number
            {%- for group in groups %}
            when {{ loop.index }} then '{{ group.tells }}'
            {%- endfor %}
        end as shown,
        row_number() over (order by number) as number
    from judged
    where is_empty

),

in_order as (

    select
        *,
        row_number() over (
            partition by subject
            order by number
        ) as place
    from named

),

by_subject as (

    select
        subject,
        severity,
        sum(features) as features,
        max(cure) as cure,
        {{ first_examples('shown', 'place') }} as shown
    from in_order
    group by subject, severity

),

final as (

    select
        {{ finding(
            'empty feature', "'features'", 'subject', 'features', 'null', "concat(case when features > 1 then 'such as ' else '' end, shown)", 'cure', severity='severity'
        ) }}
    from by_subject

)

select * from final
