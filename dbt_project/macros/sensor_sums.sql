{#- The sums of one sensor's readings that merge exactly, as `bucket_sums` lists them; of a gauge count, sum, sum of squares,
    lowest, highest. Needs the readings `in_steps`: sums of whole numbers do not depend on the order of their rows, and cost
    half of what decimals do. -#}
{% macro sensor_sums(sensor) -%}
    {%- set kind = sensor_kind(sensor) -%}
    count({{ sensor }}) as {{ sensor }}_n,
    {% if kind == 'counter' -%}
    cast(coalesce(sum({{ sensor }}_paired), 0) as bigint) as {{ sensor }}_pairs,
    cast(sum({{ sensor }}_risen) as {{ sum_type(sensor) }}) as {{ sensor }}_rise,
    max({{ moment_and_steps(sensor) }}) as {{ sensor }}_last
    {%- elif kind == 'state' -%}
    {%- for state, number in states_of(sensor).items() -%}
    count(case when {{ sensor }} = {{ number * steps_per_unit(sensor) }} then 1 end) as {{ sensor }}_in_{{ state }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
    {%- else -%}
    cast(sum({{ sensor }}) as {{ sum_type(sensor) }}) as {{ sensor }}_sum,
    cast({{ sum_of_squares(sensor) }} as {{ wide_integer() }}) as {{ sensor }}_squares,
    cast(min({{ sensor }}) as {{ extreme_type(sensor) }}) as {{ sensor }}_low,
    cast(max({{ sensor }}) as {{ extreme_type(sensor) }}) as {{ sensor }}_high
    {{- ',\n    ' ~ summed_for_slopes(sensor) if slopes_hours() and compared(sensor) == sensor }}
    {{- ',\n    ' ~ summed_likes(like_of(sensor)) if compared(sensor) != sensor }}
    {%- endif -%}
{%- endmacro %}

{#- A reading's square is a BIGINT where its range proves that it fits, which costs half of what a wider one does. -#}
{% macro sum_of_squares(sensor) -%}
    {%- if sensor_reach(sensor) * steps_per_unit(sensor) <= 3 * 10 ** 9 -%}
        {{ return(wide_sum(sensor ~ ' * ' ~ sensor)) }}
    {%- endif -%}
    {{ return('sum(cast(' ~ sensor ~ ' as ' ~ wide_integer() ~ ') * ' ~ sensor ~ ')') }}
{%- endmacro %}

{#- An extreme is an INTEGER where the range proves that it fits: windows compare those at less cost. -#}
{% macro extreme_type(sensor) -%}
    {{ return('integer' if sensor_reach(sensor) * steps_per_unit(sensor) < 2 ** 31 else 'bigint') }}
{%- endmacro %}

{#- The same of what a sensor's readings are among their like. -#}
{% macro summed_likes(like) -%}
    count({{ like }}) as {{ like }}_n,
    cast(sum({{ like }}) as {{ sum_type(like) }}) as {{ like }}_sum,
    cast(sum(cast({{ like }} as {{ wide_integer() }}) * {{ like }}) as {{ wide_integer() }}) as {{ like }}_squares
    {{- ',\n    ' ~ summed_for_slopes(like) if slopes_hours() }}
{%- endmacro %}

{#- Rows, one a moment, of a machine that did not run. -#}
{% macro off_sum() -%}
    count(case when not is_running then 1 end) as {{ not_running() }}_n
{%- endmacro %}

{#- A reading as a whole number of steps, of which `steps_per_unit` make one of the sensor's units. As a double it is off
    by a fraction of a step (staging keeps none of more than 1e15 steps), so rounding gives the very number. -#}
{% macro in_steps(sensor) -%}
    cast(round(cast({{ sensor }} as double) * {{ steps_per_unit(sensor) }}) as bigint) as {{ sensor }}
{%- endmacro %}

{% macro steps_per_unit(sensor) -%}
    {{ return(10 ** (6 if sensor in likes() else sensor_decimals(sensor))) }}
{%- endmacro %}

{#- Sums of ordinary readings fit a BIGINT; those of a sensor whose range takes more than 1e14 steps are wider, and slower. -#}
{% macro sum_type(sensor) -%}
    {{ return(wide_integer() if sensor not in likes() and most_steps(sensor) > 10 ** 14 else 'bigint') }}
{%- endmacro %}
