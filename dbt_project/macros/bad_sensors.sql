{#- Of `bad_vars`: sensors without a name, a range or a kind that can be built. -#}
{% macro bad_sensors(problems) -%}
    {%- set identifier = '^[A-Za-z_][A-Za-z0-9_]*$' -%}
    {%- if var('sensors') is not mapping or not var('sensors') -%}
        {%- do problems.append('sensors must map each telemetry column to its range, such as {volt: {min: 0, max: 400}}.') -%}
    {%- else -%}
        {%- for name in var('sensors') if not modules.re.match(identifier, name | string) -%}
            {%- do problems.append("sensor '" ~ name ~ "' is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
        {%- endfor -%}
        {%- for name, sensor in var('sensors').items() if sensor is not mapping or sensor.get('min') is not number or sensor.get('max') is not number or sensor.min >= sensor.max -%}
            {%- do problems.append("sensor '" ~ name ~ "' needs an accepted range with min < max, numbers written in full.") -%}
        {%- else -%}
            {%- for name, sensor in var('sensors').items() -%}
                {%- set known_keys = ['unit', 'label', 'min', 'max', 'decimals', 'kind', 'states', 'on_change_hours', 'component'] -%}
                {%- for key in sensor if key not in known_keys -%}
                    {%- do problems.append("sensor '" ~ name ~ "' has " ~ key ~ ', which is none of ' ~ known_keys | join(', ') ~ '.') -%}
                {%- endfor -%}
                {%- do bad_kind(name, sensor, problems) -%}
                {%- if sensor.get('label') is not none and (sensor.label is not string or not sensor.label | trim) -%}
                    {%- do problems.append("sensor '" ~ name ~ "' has label = " ~ sensor.label ~ ', which must be a text, what people call it.') -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Of one sensor: its kind, its component, and how long its readings hold. -#}
{% macro bad_kind(name, sensor, problems) -%}
    {%- set told, kind, states, held = "sensor '" ~ name ~ "' ", sensor.get('kind', 'gauge'), sensor.get('states', {}), sensor.get('on_change_hours') -%}
    {%- if kind not in ['gauge', 'counter', 'state'] -%}
        {%- do problems.append(told ~ 'is of kind ' ~ kind ~ ', which is none of gauge, counter and state.') -%}
    {%- elif states is not mapping or (kind == 'state') != (states | length > 0) -%}
        {%- do problems.append(told ~ 'must map states to numbers if it is of kind state, such as {idle: 0, run: 1}, and must have none if it is not.') -%}
    {%- else -%}
        {%- for state, number in states.items() -%}
            {%- if state is boolean -%}
                {%- do problems.append(told ~ 'has a state ' ~ state ~ ': YAML reads on, off, yes and no as true and false, so put its name in quotes.') -%}
            {%- elif not modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', state | string) -%}
                {%- do problems.append(told ~ "has a state '" ~ state ~ "', which is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
            {%- elif number is not integer or number is boolean or not sensor.min <= number <= sensor.max -%}
                {%- do problems.append(told ~ 'has ' ~ number ~ ' for the state ' ~ state ~ ', which must be a whole number within its min and max.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if states.values() | list | length != states.values() | unique | list | length -%}
            {%- do problems.append(told ~ 'has one number for two states.') -%}
        {%- endif -%}
    {%- endif -%}
    {%- set part = sensor.get('component') -%}
    {%- if part is not none and (part not in var('components') or kind != 'gauge') -%}
        {%- do problems.append(told ~ 'has component = ' ~ part ~ ', which must be one of components, and the sensor a gauge: it is how the sensor was while that one was new.') -%}
    {%- endif -%}
    {%- if held is not none and (held is not integer or held is boolean or held < 1) -%}
        {%- do problems.append(told ~ 'has on_change_hours = ' ~ held ~ ', which must be a whole number of hours, at least 1.') -%}
    {%- elif held is not none and var('telemetry_step_hours') is number and held * 3600 < (var('telemetry_step_hours') * 3600) | round -%}
        {%- do problems.append(told ~ 'has on_change_hours = ' ~ held ~ ', which is below telemetry_step_hours = ' ~ var('telemetry_step_hours') ~ ': no reading would hold to the next step.') -%}
    {%- endif -%}
{%- endmacro %}

{#- Ranges that do not fit into the digits that are kept. -#}
{% macro bad_decimals(problems) -%}
    {%- for name, sensor in var('sensors').items() -%}
        {%- set own = sensor.get('decimals') -%}
        {%- set reach = [sensor.min | abs, sensor.max | abs] | max -%}
        {%- if own is not none and (own is not integer or not 0 <= own <= 15) -%}
            {%- do problems.append("sensor '" ~ name ~ "' has decimals = " ~ own ~ ', which must be a whole number, 0 to 15.') -%}
        {#- Without decimals of its own a sensor keeps fewer than sensor_decimals where its range needs it (sensor_decimals.sql). -#}
        {%- elif reach * 10 ** (own or 0) > 10 ** 15 -%}
            {%- do problems.append("sensor '" ~ name ~ "' reaches to " ~ reach ~ ' with ' ~ (own or 0) ~ ' decimals, and at most 15 digits are kept of a reading: give it a narrower range or fewer decimals.') -%}
        {%- elif reach * 10 ** (var('sensor_decimals') if own is none else own) < 1 -%}
            {%- do problems.append("sensor '" ~ name ~ "' reaches to " ~ reach ~ ' and every reading would be 0: give it decimals of its own, such as {min: ..., max: ..., decimals: 12}.') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
