{#- Of `bad_vars`: numbers of hours, days and rows, each by itself. -#}
{% macro bad_hours(problems) -%}
    {#- The last word of a name is its unit. -#}
    {%- set at_least = {
        'snapshot_every_hours': 1, 'horizon_hours': 1, 'baseline_hours': 1, 'min_baseline_readings': 1,
        'slice_rows': 1, 'corrective_hours': 0, 'outage_gap_hours': 0, 'found_within_hours': 0, 'remaining_cap_hours': 0, 'retired_after_days': 1, 'restate_days': 0, 'episode_cooldown_hours': 0, 'new_hours': 0
    } -%}
    {%- for key, least in at_least.items() if var(key) is not integer or var(key) < least -%}
        {%- do problems.append(key ~ ' = ' ~ var(key) ~ ' must be a whole number of ' ~ key.split('_')[-1] ~ ', at least ' ~ least ~ '.') -%}
    {%- endfor -%}
    {%- do bad_horizons(var('horizons_hours'), problems) -%}
    {%- set step = var('telemetry_step_hours') -%}
    {%- if step is not number or step is boolean or not 1 <= (step * 3600) | round <= 86400 -%}
        {%- do problems.append('telemetry_step_hours = ' ~ step ~ ' must be a number of hours, from a second (0.0003) to a day (24).') -%}
    {%- endif -%}
{%- endmacro %}

{#- The horizons. 24 is what Nightshift's own file says of horizon_hours, and so no word of a fleet's own. -#}
{% macro bad_horizons(hours, problems) -%}
    {%- if hours is string or hours is mapping or hours is not iterable -%}
        {%- do problems.append('horizons_hours = ' ~ hours ~ ' must be a list of whole hours, such as [24, 48, 72, 168].') -%}
    {%- else -%}
        {%- for each in hours if each is not integer or each is boolean or each < 1 -%}
            {%- do problems.append('horizons_hours holds ' ~ each ~ ', which must be a whole number of hours, at least 1.') -%}
        {%- else -%}
            {%- if hours | list != hours | unique | sort | list -%}
                {%- do problems.append('horizons_hours = ' ~ hours | list ~ ' must rise from each horizon to the next.') -%}
            {%- elif hours and var('horizon_hours') not in [24, hours[0]] -%}
                {%- do problems.append('horizon_hours = ' ~ var('horizon_hours') ~ ' is not ' ~ hours[0] ~ ', the first of horizons_hours, which decides: leave it out.') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Hours over which slopes and moves are told: they are windows. -#}
{% macro bad_windows_told(problems) -%}
    {%- for name, told in {'slopes_hours': 'slopes are told', 'moved_hours': 'a gauge is told to have moved'}.items() -%}
        {%- set given = var(name) -%}
        {%- if given is string or given is mapping or given is not iterable -%}
            {%- do problems.append(name ~ ' = ' ~ given ~ ' must be a list of hours, those of windows_hours over which ' ~ told ~ '.') -%}
        {%- else -%}
            {%- for hours in given if hours is not integer or hours not in var('windows_hours') -%}
                {%- do problems.append(name ~ ' holds ' ~ hours ~ ', which is none of windows_hours: it is told of a window.') -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Hours that do not fit together. -#}
{% macro bad_hours_together(problems) -%}
    {%- set step = var('telemetry_step_hours') -%}
    {%- for hours in var('windows_hours') if hours is not integer or hours < 1 -%}
        {%- do problems.append('window ' ~ hours ~ ' h (windows_hours) must be a whole number of hours, at least 1.') -%}
    {%- else -%}
        {%- set longest = var('windows_hours') | max -%}
        {%- if var('baseline_hours') <= longest -%}
            {%- do problems.append('baseline_hours = ' ~ var('baseline_hours') ~ ' must be longer than the longest window.') -%}
        {#- A spread takes two readings. -#}
        {%- elif (var('baseline_hours') - longest) * 3600 < 2 * (step * 3600) | round -%}
            {%- do problems.append(
                'baseline_hours = ' ~ var('baseline_hours') ~ ' leaves ' ~ (var('baseline_hours') - longest)
                ~ ' h before the longest window, fewer than two steps of telemetry_step_hours = ' ~ step
                ~ ': no machine would have a normal. Make it longer.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('new_hours') > var('baseline_hours') -%}
        {%- do problems.append('new_hours = ' ~ var('new_hours') ~ ' must be at most baseline_hours = ' ~ var('baseline_hours') ~ ': so far back late readings are known.') -%}
    {%- elif var('new_hours') and var('new_hours') * 3600 < 2 * (step * 3600) | round -%}
        {%- do problems.append('new_hours = ' ~ var('new_hours') ~ ' is shorter than two steps of telemetry_step_hours = ' ~ step ~ ': no machine would have been new. Make it longer, or 0 for no features of wear.') -%}
    {%- endif -%}
    {%- if 24 * var('retired_after_days') < step -%}
        {%- do problems.append('retired_after_days = ' ~ var('retired_after_days') ~ ' must be no less than the telemetry step of ' ~ step ~ ' h (telemetry_step_hours).') -%}
    {%- endif -%}
    {%- if 24 % var('snapshot_every_hours') != 0 -%}
        {%- do problems.append('snapshot_every_hours = ' ~ var('snapshot_every_hours') ~ ' must divide 24, so that every day has the same snapshots.') -%}
    {%- endif -%}
    {%- if var('restate_from', none) and not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', var('restate_from') | string) -%}
        {%- do problems.append("restate_from = '" ~ var('restate_from') ~ "' must be a date such as 2025-01-31.") -%}
    {%- endif -%}
{%- endmacro %}
