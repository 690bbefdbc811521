{#- Adds to the list `problems` one sentence for each var that cannot be built. `settings.Fleet` refuses the same values;
    tests/dbt/test_var_ranges.py holds the two together. -#}
{% macro bad_vars(problems) -%}
    {%- set known = problems | length -%}
    {%- do bad_sensors(problems) -%}
    {%- do bad_names(problems) -%}
    {%- for key in ['components', 'windows_hours'] if not var(key) -%}
        {%- do problems.append(key ~ ' must name at least one.') -%}
    {%- endfor -%}
    {%- if tells_running() -%}
        {%- for name in var('sensors') if name | string | lower == 'running' -%}
            {%- do problems.append("sensor '" ~ name ~ "' is what `running` of vars.mapping fills: call that sensor otherwise.") -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do bad_hours(problems) -%}
    {%- do bad_feeds(problems) -%}
    {%- if var('scoring_hour') is not integer or not 0 <= var('scoring_hour') <= 23 -%}
        {%- do problems.append('scoring_hour = ' ~ var('scoring_hour') ~ ' must be an hour of the day, 0 to 23.') -%}
    {%- endif -%}
    {%- if var('sensor_decimals') is not integer or not 0 <= var('sensor_decimals') <= 6 -%}
        {%- do problems.append('sensor_decimals = ' ~ var('sensor_decimals') ~ ' must be 0 to 6: squares of larger readings would not fit.') -%}
    {%- endif -%}
    {%- for key in ['missing_words', 'removed_words'] if var(key) is string or var(key) is mapping or var(key) | reject('string') | list -%}
        {%- do problems.append(key ~ " must be a list of words in quotes, such as ['n/a'].") -%}
    {%- endfor -%}
    {%- do bad_regimes(problems) -%}
    {%- do bad_windows_told(problems) -%}
    {%- do bad_clock(problems) -%}
    {#- What follows is arithmetic, for which each of them must be sound by itself. -#}
    {%- if problems | length == known -%}
        {%- do bad_decimals(problems) -%}
        {%- do bad_hours_together(problems) -%}
    {%- endif -%}
{%- endmacro %}
