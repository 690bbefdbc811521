{#- What sensor_features sums: one part for each sensor, span (a window, or the baseline before the longest window) and
    mergeable sum. `frame` is the window's name, `nearest` and `farthest` its buckets counted back from the snapshot. -#}
{% macro window_parts() -%}
    {%- set bucket = bucket_hours() -%}
    {%- set longest = var('windows_hours') | max -%}
    {%- set spans = [] -%}
    {%- for hours in var('windows_hours') -%}
        {%- do spans.append({'name': hours ~ 'h', 'nearest': 0, 'farthest': hours // bucket - 1}) -%}
    {%- endfor -%}
    {%- do spans.append({'name': 'base', 'nearest': longest // bucket, 'farthest': var('baseline_hours') // bucket - 1}) -%}
    {%- set parts = [] -%}
    {%- for sensor in var('sensors') -%}
        {%- for span in spans -%}
            {%- for sum, merge in [('n', 'sum'), ('sum', 'sum'), ('squares', 'sum'), ('low', 'min'), ('high', 'max')]
                if span.name != 'base' or merge == 'sum' -%}
                {%- do parts.append({
                    'source': sensor ~ '_' ~ sum, 'column': sensor ~ '_' ~ sum ~ '_' ~ span.name,
                    'merge': merge, 'span': span
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({'spans': spans, 'parts': parts}) }}
{%- endmacro %}

{#- One part from two places: sums add up, extremes win. -#}
{% macro merge_parts(merge, left, right) -%}
    {%- if merge == 'sum' -%} coalesce({{ left }}, 0) + coalesce({{ right }}, 0)
    {%- elif merge == 'min' -%} least({{ left }}, {{ right }})
    {%- else -%} greatest({{ left }}, {{ right }})
    {%- endif -%}
{%- endmacro %}
