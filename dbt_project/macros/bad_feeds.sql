{#- Of `bad_vars`: how late feeds are, and up to when they are known. -#}
{% macro bad_feeds(problems) -%}
    {%- for feed, hours in var('feed_latency_hours').items() if feed not in ['telemetry', 'errors', 'maint', 'failures'] or hours is not integer or hours < 0 -%}
        {%- do problems.append('feed_latency_hours: ' ~ feed ~ ' = ' ~ hours ~ ' must be telemetry, errors, maint or failures, and a whole number of hours, at least 0.') -%}
    {%- endfor -%}
    {%- for feed, moment in var('feed_reaches').items() if moment is not none -%}
        {%- if feed not in ['errors', 'maint', 'failures'] or not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$', moment | string) -%}
            {%- do problems.append('feed_reaches: ' ~ feed ~ ' = ' ~ moment ~ " must be errors, maint or failures, and a moment in quotes such as '2026-01-31 00:00'.") -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The times that landing believes. -#}
{% macro bad_clock(problems) -%}
    {%- set clock = var('plausible_clock') -%}
    {%- for key, edges in {'ahead_minutes': [0, 60], 'gap_days': [1, none], 'reach_days': [1, none], 'confirm_rows': [1, none]}.items() if key in clock -%}
        {%- if clock[key] is not integer or clock[key] < edges[0] or (edges[1] is not none and clock[key] > edges[1]) -%}
            {%- do problems.append('plausible_clock: ' ~ key ~ ' = ' ~ clock[key] ~ ' must be a whole number of ' ~ key.split('_')[-1] ~ ', at least ' ~ edges[0] ~ (' and at most ' ~ edges[1] if edges[1] is not none else '') ~ '.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for key in clock if key not in ['ahead_minutes', 'earliest', 'gap_days', 'reach_days', 'confirm_rows'] -%}
        {%- do problems.append('plausible_clock: ' ~ key ~ ' is not known.') -%}
    {%- endfor -%}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', clock.get('earliest', '1990-01-01') | string) or clock.get('earliest', '1990-01-01') | string < '1970-01-01' -%}
        {%- do problems.append("plausible_clock: earliest = '" ~ clock.earliest ~ "' must be a date such as 1990-01-01, not before 1970-01-01.") -%}
    {%- endif -%}
{%- endmacro %}
