{#- Each is rounded by itself, so a mean may pass the extremes by a hair, and a spread their distance by one of their size. -#}
{%- set rules = {} -%}
{%- for sensor in sensors_of('gauge') -%}
    {%- set means, spreads, counts = [], [], [] -%}
    {%- for hours in var('windows_hours') -%}
        {%- set n, mean, sd = feature_name(sensor, 'n', hours), feature_name(sensor, 'mean', hours), feature_name(sensor, 'sd', hours) -%}
        {%- set low, high = feature_name(sensor, 'min', hours), feature_name(sensor, 'max', hours) -%}
        {%- do means.append(mean ~ ' between ' ~ low ~ ' - 1e-6 and ' ~ high ~ ' + 1e-6') -%}
        {%- do spreads.append(sd ~ ' between 0 and ' ~ high ~ ' - ' ~ low
            ~ ' + 1e-6 * greatest(1, abs(' ~ low ~ '), abs(' ~ high ~ '))') -%}
        {%- do counts.append(n ~ ' >= 0') -%}
        {%- do counts.append('(' ~ n ~ ' > 0) = (' ~ mean ~ ' is not null)') -%}
        {%- do counts.append('(' ~ n ~ ' > 1) = (' ~ sd ~ ' is not null)') -%}
    {%- endfor -%}
    {%- do rules.update({
        sensor ~ ' mean between its extremes': means | join(' and '),
        sensor ~ ' sd within its range': spreads | join(' and '),
        sensor ~ ' readings counted, and a mean and sd just where they can be': counts | join(' and '),
    }) -%}
{%- endfor -%}
{%- for sensor in sensors_of('counter') -%}
    {%- set rises = [] -%}
    {%- for hours in var('windows_hours') -%}{%- do rises.append(feature_name(sensor, 'increase', hours) ~ ' >= 0') -%}{%- endfor -%}
    {%- do rules.update({sensor ~ ' rises': rises | join(' and ')}) -%}
{%- endfor -%}
{%- for sensor in sensors_of('state') -%}
    {%- set shares = [] -%}
    {%- for hours in var('windows_hours') -%}
        {%- set all = [] -%}
        {%- for state in states_of(sensor) -%}{%- do all.append(feature_name(sensor, 'share_' ~ state, hours)) -%}{%- endfor -%}
        {%- do shares.append(all | join(' + ') ~ ' between 0 and 1 + 1e-6') -%}
    {%- endfor -%}
    {%- do rules.update({sensor ~ ' shares of one whole at most': shares | join(' and ')}) -%}
{%- endfor -%}
{{ broken_rules(ref('sensor_features'), rules) }}
