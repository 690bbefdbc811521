{#- The features of one sensor, as select items each behind a comma, from its parts of windows: one macro a kind, in the order of
    `sensor_features_of`. -#}
{% macro gauge_columns(sensor) -%}
        ,
        cast({{ sensor }}_n_base as integer) as {{ feature_name(sensor, 'baseline_n') }},
        {{ as_feature(sensor ~ '_normal') }} as {{ feature_name(sensor, 'baseline_mean') }},
        {{ as_feature(sensor ~ '_spread') }} as {{ feature_name(sensor, 'baseline_sd') }}
        {%- for hours in var('windows_hours') %}
        {%- set n, total, squares = sensor ~ '_n_' ~ hours ~ 'h', sensor ~ '_sum_' ~ hours ~ 'h', sensor ~ '_squares_' ~ hours ~ 'h' %},
        cast({{ n }} as integer) as {{ feature_name(sensor, 'n', hours) }},
        {{ as_feature(mean_of(sensor, n, total)) }} as {{ feature_name(sensor, 'mean', hours) }},
        {{ as_feature(sd_of(sensor, n, total, squares)) }} as {{ feature_name(sensor, 'sd', hours) }},
        {{ as_feature(in_units(sensor, sensor ~ '_low_' ~ hours ~ 'h')) }} as {{ feature_name(sensor, 'min', hours) }},
        {{ as_feature(in_units(sensor, sensor ~ '_high_' ~ hours ~ 'h')) }} as {{ feature_name(sensor, 'max', hours) }},
        {%- set subject = compared(sensor) %}
        {%- set mean = mean_of(subject, subject ~ '_n_' ~ hours ~ 'h', subject ~ '_sum_' ~ hours ~ 'h') %}
        {{ as_feature('(' ~ mean ~ ' - ' ~ subject ~ '_normal) / nullif(' ~ subject ~ '_spread, 0)') }}
            as {{ feature_name(sensor, 'shift', hours) }}
        {%- if subject != sensor %},
        {{ as_feature(mean) }} as {{ feature_name(sensor, 'like_mean', hours) }}
        {%- endif %}
        {%- if tells_wear() %},
        {{ as_feature('(' ~ mean ~ ' - ' ~ subject ~ '_new) / nullif(' ~ subject ~ '_new_spread, 0)') }}
            as {{ feature_name(sensor, 'wear', hours) }}
        {%- endif %}
        {%- if hours in slopes_hours() %},
        {{ as_feature(slope_of(subject, hours ~ 'h')) }} as {{ feature_name(sensor, 'slope', hours) }}
        {%- endif %}
        {%- if hours in moved_hours() %},
        {{ as_feature(mean ~ ' - ' ~ subject ~ '_normal') }} as {{ feature_name(sensor, 'moved', hours) }}
        {%- endif %}
        {%- endfor %}
{%- endmacro %}

{#- Of a counter its latest reading within the baseline's reach, and what it has risen by in each window. -#}
{% macro counter_columns(sensor) -%}
        {%- set latest = 'greatest(' ~ sensor ~ '_last_' ~ (var('windows_hours') | max) ~ 'h, ' ~ sensor ~ '_last_base)' %},
        {{ as_feature(in_units(sensor, '(' ~ steps_of_last(latest) ~ ')')) }} as {{ feature_name(sensor, 'last') }}
        {%- for hours in var('windows_hours') %},
        cast({{ sensor }}_n_{{ hours }}h as integer) as {{ feature_name(sensor, 'n', hours) }},
        {{ as_feature('case when ' ~ sensor ~ '_pairs_' ~ hours ~ 'h > 0 then ' ~ in_units(sensor, sensor ~ '_rise_' ~ hours ~ 'h') ~ ' end') }}
            as {{ feature_name(sensor, 'increase', hours) }}
        {%- endfor %}
{%- endmacro %}

{#- Of a state the share of the window's readings that had it. -#}
{% macro state_columns(sensor) -%}
        {%- for hours in var('windows_hours') %}
        {%- set n = sensor ~ '_n_' ~ hours ~ 'h' %},
        cast({{ n }} as integer) as {{ feature_name(sensor, 'n', hours) }}
        {%- for state in states_of(sensor) %},
        {{ as_feature('cast(' ~ sensor ~ '_in_' ~ state ~ '_' ~ hours ~ 'h as double) / nullif(' ~ n ~ ', 0)') }}
            as {{ feature_name(sensor, 'share_' ~ state, hours) }}
        {%- endfor %}
        {%- endfor %}
{%- endmacro %}
