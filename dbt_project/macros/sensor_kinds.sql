{#- What a sensor's kind makes of its readings. `vars.sensors` says the kind; a gauge where it says none. -#}
{% macro sensor_kind(sensor) -%}
    {{ return(var('sensors')[sensor].get('kind') or 'gauge') }}
{%- endmacro %}

{% macro sensors_of(kind) -%}
    {%- set found = [] -%}
    {%- for sensor in var('sensors') if sensor_kind(sensor) == kind -%}{%- do found.append(sensor) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The states of a sensor of that kind: by name the number that readings have for it. -#}
{% macro states_of(sensor) -%}
    {{ return(var('sensors')[sensor].get('states') or {}) }}
{%- endmacro %}

{#- The sums of one sensor's readings that merge exactly from bucket to window, as {name, merge, type}; `in_base`: also over
    the time before the longest window. -#}
{% macro bucket_sums(sensor) -%}
    {%- set kind = sensor_kind(sensor) -%}
    {%- set counted = {'name': 'n', 'merge': 'sum', 'type': 'bigint', 'in_base': kind == 'gauge'} -%}
    {%- if kind == 'counter' -%}
        {{ return([
            counted,
            {'name': 'pairs', 'merge': 'sum', 'type': 'bigint'},
            {'name': 'rise', 'merge': 'sum', 'type': sum_type(sensor)},
            {'name': 'last', 'merge': 'max', 'in_base': true},
        ]) }}
    {%- elif kind == 'state' -%}
        {%- set sums = [counted] -%}
        {%- for state in states_of(sensor) -%}
            {%- do sums.append({'name': 'in_' ~ state, 'merge': 'sum', 'type': 'bigint'}) -%}
        {%- endfor -%}
        {{ return(sums) }}
    {%- endif -%}
    {{ return([
        counted,
        {'name': 'sum', 'merge': 'sum', 'type': sum_type(sensor), 'in_base': true},
        {'name': 'squares', 'merge': 'sum', 'type': wide_integer(), 'in_base': true},
        {'name': 'low', 'merge': 'min'},
        {'name': 'high', 'merge': 'max'},
    ] + (slope_sums() if compared(sensor) == sensor else [])) }}
{%- endmacro %}

{#- The same of every subject that a bucket has sums of: by its name, the sensors, what they are among their like, and the rows of
    machines that did not run. -#}
{% macro all_bucket_sums() -%}
    {%- set found = {} -%}
    {%- for sensor in var('sensors') -%}{%- do found.update({sensor: bucket_sums(sensor)}) -%}{%- endfor -%}
    {%- for sensor in compared_sensors() -%}
        {%- do found.update({like_of(sensor): mean_and_spread_sums(like_of(sensor)) + slope_sums()}) -%}
    {%- endfor -%}
    {%- if tells_running() -%}
        {%- do found.update({not_running(): [{'name': 'n', 'merge': 'sum', 'type': 'bigint'}]}) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{#- The features of one sensor, as [statistic, window] in the order of the mart; the window is none where none applies. -#}
{% macro sensor_features_of(sensor) -%}
    {%- set kind = sensor_kind(sensor) -%}
    {%- set stats = ['n', 'mean', 'sd', 'min', 'max', 'shift'] -%}
    {%- if sensor in compared_sensors() -%}{%- do stats.append('like_mean') -%}{%- endif -%}
    {%- if tells_wear() -%}{%- do stats.append('wear') -%}{%- endif -%}
    {%- set found = [['baseline_n', none], ['baseline_mean', none], ['baseline_sd', none]] -%}
    {%- if kind == 'counter' -%}
        {%- set stats, found = ['n', 'increase'], [['last', none]] -%}
    {%- elif kind == 'state' -%}
        {%- set stats, found = ['n'], [] -%}
        {%- for state in states_of(sensor) -%}{%- do stats.append('share_' ~ state) -%}{%- endfor -%}
    {%- endif -%}
    {%- for hours in var('windows_hours') -%}
        {%- for stat in stats -%}{%- do found.append([stat, hours]) -%}{%- endfor -%}
        {%- if kind == 'gauge' and hours in slopes_hours() -%}{%- do found.append(['slope', hours]) -%}{%- endif -%}
        {%- if kind == 'gauge' and hours in moved_hours() -%}{%- do found.append(['moved', hours]) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
