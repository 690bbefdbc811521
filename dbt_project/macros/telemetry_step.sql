{#- From one reading of a machine to the next, in whole seconds. -#}
{% macro step_seconds() -%}
    {#- Parsing comes before check_vars refuses a step that is none. -#}
    {%- set hours = var('telemetry_step_hours') if var('telemetry_step_hours') is number else 1 -%}
    {{ return([(hours * 3600) | round | int, 1] | max) }}
{%- endmacro %}

{#- How many readings of a sensor are due in so many hours: those that any such stretch must hold. -#}
{% macro readings_due(hours) -%}
    {{ return(hours * 3600 // step_seconds()) }}
{%- endmacro %}

{#- From how many readings on a baseline counts: `min_baseline_readings`, or half of those that are due in its time where
    that is fewer, so that slow feeds have a normal too. -#}
{% macro least_baseline_readings() -%}
    {%- set due = readings_due(var('baseline_hours') - (var('windows_hours') | max)) -%}
    {{ return([var('min_baseline_readings'), [due // 2, 2] | max] | min) }}
{%- endmacro %}

{#- How long after its last reading the telemetry may be and still be fresh, beside its latency: a step. A feed of seconds
    or minutes comes in batches and gets a quarter of an hour. -#}
{% macro freshness_us() -%}
    {{ return([step_seconds(), 900] | max * 1000000) }}
{%- endmacro %}

{#- What follows from the step that who set it may not expect: a list of (subject, example, cure). -#}
{% macro step_notes() -%}
    {%- set notes = [] -%}
    {%- set step = step_in_words(step_seconds()) -%}
    {%- set short = var('windows_hours') | select('number') | select('lt', step_seconds() / 3600) | list -%}
    {%- if short -%}
        {%- do notes.append((
            'windows_hours', 'windows of ' ~ short | join(', ') ~ ' h are shorter than the step of ' ~ step
            ~ ', so that most snapshots see no reading in them',
            'leave them out of windows_hours, and build with --full-refresh'
        )) -%}
    {%- endif -%}
    {%- set single = var('windows_hours') | select('number') | reject('in', short) | select('lt', step_seconds() / 1800) | list -%}
    {%- if single -%}
        {%- do notes.append((
            'windows_hours', 'windows of ' ~ single | join(', ') ~ ' h hold one reading at a step of ' ~ step
            ~ ', so that their standard deviation is NULL',
            'none is needed; longer windows have one'
        )) -%}
    {%- endif -%}
    {%- set least = least_baseline_readings() -%}
    {%- if least < var('min_baseline_readings') -%}
        {%- do notes.append((
            'min_baseline_readings', 'a step of ' ~ step ~ ' gives '
            ~ readings_due(var('baseline_hours') - (var('windows_hours') | max))
            ~ ' readings between the longest window and baseline_hours, so a baseline counts from ' ~ least
            ~ ' on and not from ' ~ var('min_baseline_readings'),
            'none is needed; a longer baseline_hours makes baselines steadier'
        )) -%}
    {%- endif -%}
    {{ return(notes) }}
{%- endmacro %}

{% macro step_in_words(seconds) -%}
    {%- for unit, length in [('h', 3600), ('min', 60)] if seconds % length == 0 -%}
        {{ return((seconds // length) ~ ' ' ~ unit) }}
    {%- endfor -%}
    {{ return(seconds ~ ' s') }}
{%- endmacro %}
