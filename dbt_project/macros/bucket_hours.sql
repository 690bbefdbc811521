{#- The widest bucket whose edges every window, snapshot and horizon-free boundary falls on: their greatest common
    divisor. Readings are summed once per bucket; every window is then a merge of whole buckets. -#}
{% macro bucket_hours() -%}
    {%- set ns = namespace(value=var('snapshot_every_hours')) -%}
    {%- for hours in var('windows_hours') + [var('scoring_hour'), var('baseline_hours')] + ([var('new_hours')] if tells_wear() else []) -%}
        {%- set pair = namespace(a=ns.value, b=hours) -%}
        {%- for _ in range(64) if pair.b > 0 -%}
            {%- set remainder = pair.a % pair.b -%}
            {%- set pair.a = pair.b -%}
            {%- set pair.b = remainder -%}
        {%- endfor -%}
        {%- set ns.value = pair.a -%}
    {%- endfor -%}
    {{ return(ns.value) }}
{%- endmacro %}

{% macro hours_us(hours) -%}
    {{ return((hours * 3600000000) | int) }}
{%- endmacro %}

{#- The end of the bucket `(end - width, end]` that a moment in microseconds falls into. -#}
{% macro bucket_end_us(us) -%}
    {%- set width = hours_us(bucket_hours()) -%}
    cast({{ int_div(us ~ ' + ' ~ (width - 1), width) }} * {{ width }} as bigint)
{%- endmacro %}

{#- The hour of the day, 0 to 23 UTC. -#}
{% macro hour_of_us(us) -%}
    ({{ int_div(us, hours_us(1)) }} % 24)
{%- endmacro %}

{#- Elapsed hours, with fraction, as DOUBLE. -#}
{% macro hours_between_us(earlier, later) -%}
    cast({{ later }} - {{ earlier }} as double) / {{ hours_us(1) }}
{%- endmacro %}

{#- The earlier moment again, from those hours: to the microsecond where they are fewer than those of fifty years. -#}
{% macro us_before(hours, later) -%}
    {{ later }} - cast(round({{ hours }} * {{ hours_us(1) }}) as bigint)
{%- endmacro %}
