{#- Refuses vars that cannot be built, with one sentence each, before any model runs. -#}
{% macro check_vars() -%}
    {%- if execute -%}
        {%- set problems = [] -%}
        {%- set identifier = '^[A-Za-z_][A-Za-z0-9_]*$' -%}
        {%- set step = var('telemetry_step_hours') -%}
        {%- if var('sensors') is not mapping or not var('sensors') -%}
            {%- do problems.append('sensors must map each telemetry column to its range, such as {volt: {min: 0, max: 400}}.') -%}
        {%- else -%}
            {%- for name in var('sensors') if not modules.re.match(identifier, name | string) -%}
                {%- do problems.append("sensor '" ~ name ~ "' is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
            {%- endfor -%}
            {%- for name, sensor in var('sensors').items() if sensor is not mapping or sensor.get('min') is not number or sensor.get('max') is not number or sensor.min >= sensor.max -%}
                {%- do problems.append("sensor '" ~ name ~ "' needs an accepted range with min < max, numbers written in full.") -%}
            {%- endfor -%}
            {%- if not problems and 0 <= var('sensor_decimals') <= 6 -%}
                {%- for name, sensor in var('sensors').items() if sensor.get('decimals', 0) not in range(16) or sensor_reach(name) * steps_per_unit(name) > 10 ** 15 -%}
                    {%- do problems.append("sensor '" ~ name ~ "' reaches to " ~ sensor_reach(name) ~ ' with ' ~ sensor_decimals(name) ~ ' decimals, and at most 15 digits are kept of a reading: give it a narrower range or fewer decimals.') -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
        {%- for key in ['error_codes', 'components'] -%}
            {%- for name in var(key) if not modules.re.match(identifier, name | string) -%}
                {%- do problems.append(key ~ " holds '" ~ name ~ "', which is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for key in ['telemetry_step_hours', 'snapshot_every_hours', 'horizon_hours', 'baseline_hours'] if var(key) is not integer or var(key) < 1 -%}
            {%- do problems.append(key ~ ' = ' ~ var(key) ~ ' must be a whole number of hours, at least 1.') -%}
        {%- endfor -%}
        {%- if not problems -%}
            {%- for hours in var('windows_hours') + [var('baseline_hours')] if hours is not integer or hours < 1 or hours % step != 0 -%}
                {%- do problems.append('window ' ~ hours ~ ' h is no multiple of the telemetry step of ' ~ step ~ ' h (telemetry_step_hours).') -%}
            {%- endfor -%}
            {%- if 24 % var('snapshot_every_hours') != 0 -%}
                {%- do problems.append('snapshot_every_hours = ' ~ var('snapshot_every_hours') ~ ' must divide 24, so that every day has the same snapshots.') -%}
            {%- endif -%}
            {%- if not 0 <= var('scoring_hour') <= 23 -%}
                {%- do problems.append('scoring_hour = ' ~ var('scoring_hour') ~ ' must be an hour of the day, 0 to 23.') -%}
            {%- endif -%}
            {%- if not 0 <= var('sensor_decimals') <= 6 -%}
                {%- do problems.append('sensor_decimals = ' ~ var('sensor_decimals') ~ ' must be 0 to 6: squares of larger readings would not fit.') -%}
            {%- endif -%}
            {%- if var('baseline_hours') <= var('windows_hours') | max -%}
                {%- do problems.append('baseline_hours = ' ~ var('baseline_hours') ~ ' must be longer than the longest window.') -%}
            {%- endif -%}
            {%- if var('restate_from', none) and not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', var('restate_from') | string) -%}
                {%- do problems.append("restate_from = '" ~ var('restate_from') ~ "' must be a date such as 2025-01-31.") -%}
            {%- endif -%}
            {%- do problems.extend(missing_sensors()) -%}
        {%- endif -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error('dbt_project.yml vars cannot be used:\n  - ' ~ problems | join('\n  - ')) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Sensors that the vars name and the landed telemetry lacks; or the sentence that nothing has landed. -#}
{% macro missing_sensors() -%}
    {%- set telemetry = adapter.get_relation(target.database, 'raw', 'telemetry') -%}
    {%- if telemetry is none -%}
        {{ return(['raw.telemetry does not exist in ' ~ (target.database or target.name) ~ ': land the raw files first (make land).']) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(telemetry) | map(attribute='name') | map('lower') | list -%}
    {%- set problems = [] -%}
    {%- for name in var('sensors') if name | lower not in columns -%}
        {%- do problems.append("unknown sensor '" ~ name ~ "': raw.telemetry has no such column; land files that hold it or remove it from vars.sensors.") -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}
