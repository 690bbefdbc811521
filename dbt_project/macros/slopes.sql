{#- By how much a gauge rises an hour in a window: the line of least squares through its readings, at their whole seconds since
    1970. What it takes are sums that merge exactly, as those of a mean do, so it needs no finer buckets; the difference of two
    half windows would, and leaves out where in a half the readings lie. -#}
{% macro slopes_hours() -%}
    {#- Parsing comes before check_vars refuses what is no list. -#}
    {{ return(var('slopes_hours') if var('slopes_hours') is sequence and var('slopes_hours') is not string else []) }}
{%- endmacro %}

{#- The sums of a gauge's bucket that its slope takes beside those of its mean; none where no slope is asked for. -#}
{% macro slope_sums() -%}
    {%- if not slopes_hours() -%}{{ return([]) }}{%- endif -%}
    {{ return([
        {'name': 'seconds', 'merge': 'sum', 'type': 'bigint'},
        {'name': 'seconds_squares', 'merge': 'sum', 'type': wide_integer()},
        {'name': 'products', 'merge': 'sum', 'type': wide_integer()},
    ]) }}
{%- endmacro %}

{#- A reading's moment, as a column of the rows that `summed_for_slopes` sums. -#}
{% macro event_seconds() -%}
    {{ int_div(us('event_at'), 1000000) }} as event_s,
{%- endmacro %}

{% macro summed_for_slopes(sensor) -%}
    cast(sum(case when {{ sensor }} is not null then event_s end) as bigint) as {{ sensor }}_seconds,
    cast(sum(case when {{ sensor }} is not null then cast(event_s as {{ wide_integer() }}) * event_s end) as {{ wide_integer() }})
        as {{ sensor }}_seconds_squares,
    cast(sum(cast({{ sensor }} as {{ wide_integer() }}) * event_s) as {{ wide_integer() }}) as {{ sensor }}_products
{%- endmacro %}

{#- In the sensor's unit an hour; NULL for two readings, through which a line always runs. `part` is the window's name. -#}
{% macro slope_of(sensor, part) -%}
    {%- set n, total, seconds = sensor ~ '_n_' ~ part, sensor ~ '_sum_' ~ part, sensor ~ '_seconds_' ~ part -%}
    {%- set squares, products = sensor ~ '_seconds_squares_' ~ part, sensor ~ '_products_' ~ part -%}
    case when {{ n }} > 2 then
        3600 * cast({{ n }} * {{ products }} - cast({{ seconds }} as {{ wide_integer() }}) * {{ total }} as double)
        / (
            nullif(cast({{ n }} * {{ squares }} - cast({{ seconds }} as {{ wide_integer() }}) * {{ seconds }} as double), 0)
            * {{ steps_per_unit(sensor) }}
        )
    end
{%- endmacro %}
