{#- Operating regimes: `vars.regimes` maps sensors such as load and speed to the edges at which a reading of theirs falls into the
    next bin; the bins of one row together are its regime. Of every other gauge a reading is then compared only with its like:
    how many spreads it lies from the mean that the fleet's readings had in that regime, up to the midnight before its bucket,
    as they were known at the end of their days. That is one whole number a reading for good, called `<sensor>_like`, and
    what compares (shift, wear, slope) is made of it as of any other reading. Nothing is fitted, and nothing is kept with a model. -#}
{% macro regimes() -%}
    {%- set found = {} -%}
    {#- Parsing comes before check_vars refuses edges that are none. -#}
    {%- for sensor, edges in (var('regimes').items() if var('regimes') is mapping else []) if sensor in var('sensors') -%}
        {%- if edges is sequence and edges is not string and edges and not edges | reject('number') | list -%}
            {%- do found.update({sensor: edges}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro tells_regimes() -%}
    {{ return(regimes() | length > 0) }}
{%- endmacro %}

{#- Gauges whose readings are compared so: not those that make the regime, nor those that hold, whose rows have no others. -#}
{% macro compared_sensors() -%}
    {%- set making = regimes() | list -%}
    {#- Asked for each column of each model: where there are no regimes, nothing more is looked at. -#}
    {{ return((sensors_of('gauge') | reject('in', making + sensors_on_change()) | list) if making else []) }}
{%- endmacro %}

{% macro like_of(sensor) -%}{{ return(sensor ~ '_like') }}{%- endmacro %}

{#- What a gauge's comparisons are made of: its readings, or what they are among their like. -#}
{% macro compared(sensor) -%}
    {{ return(like_of(sensor) if sensor in compared_sensors() else sensor) }}
{%- endmacro %}

{% macro likes() -%}
    {%- set found = [] -%}
    {%- for sensor in compared_sensors() -%}{%- do found.append(like_of(sensor)) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The number of a row's regime, from readings in steps; NULL where one of them is missing. -#}
{% macro regime_of_row() -%}
    {%- set place = namespace(value=1) -%}
    {%- for sensor, edges in regimes().items() -%}
        {{ ' + ' if not loop.first }}case when {{ sensor }} is not null then {{ place.value }} * (
        {%- for edge in edges -%}
            case when {{ sensor }} >= {{ (edge * steps_per_unit(sensor)) | round | int }} then 1 else 0 end{{ ' + ' if not loop.last }}
        {%- endfor -%}
        ) end
        {%- set place.value = place.value * (edges | length + 1) -%}
    {%- endfor -%}
{%- endmacro %}

{#- From how many readings of the fleet on a regime has a mean and a spread. -#}
{% macro least_like_readings() -%}
    {{ return([var('min_baseline_readings'), 2] | max) }}
{%- endmacro %}

{#- The fleet's sums are of readings to nine digits, so that the squares of a billion of them fit. -#}
{% macro coarse_step(sensor) -%}
    {%- set ns = namespace(value=1) -%}
    {%- for _ in range(15) if sensor_reach(sensor) * steps_per_unit(sensor) > 10 ** 9 * ns.value -%}
        {%- set ns.value = ns.value * 10 -%}
    {%- endfor -%}
    {{ return(ns.value) }}
{%- endmacro %}

{% macro coarse(sensor) -%}
    cast(floor(cast({{ sensor }} as double) / {{ coarse_step(sensor) }} + 0.5) as bigint)
{%- endmacro %}

{#- The end of the day `(midnight, midnight]` that a moment falls into. -#}
{% macro day_end_us(us) -%}
    cast({{ int_div(us ~ ' + ' ~ (hours_us(24) - 1), hours_us(24)) }} * {{ hours_us(24) }} as bigint)
{%- endmacro %}

{#- The CTEs up to `compared`: the rows of a CTE, readings in steps with the `bucket_end_us` that they fall into, and of every
    compared sensor its place among its like. -#}
{% macro with_likes(rows) -%}
{%- set days = ref('regime_days') -%}
{%- set width = hours_us(bucket_hours()) -%}
midnights as (

    select {{ series_from('min(day_end_us)', 'max(day_end_us)', hours_us(24)) }} as midnight_us
    from {{ days }}

),

regimes as (

    select distinct regime from {{ days }}

),

-- What was known of each regime at each midnight.
regime_sums as (

    select
        midnights.midnight_us,
        regimes.regime
        {%- for sensor in compared_sensors() %}
        {%- for sum in ['n', 'sum', 'squares'] %},
        sum(days.{{ sensor }}_{{ sum }}) over so_far as {{ sensor }}_{{ sum }}
        {%- endfor %}
        {%- endfor %}
    from midnights
    cross join regimes
    left join {{ days }} as days
        on
            midnights.midnight_us = days.day_end_us
            and regimes.regime = days.regime
    window
        so_far as (
            partition by regimes.regime order by midnights.midnight_us
            rows between unbounded preceding and current row
        )

),

regime_levels as (

    select
        midnight_us,
        regime
        {%- for sensor in compared_sensors() %}
        {%- set n, total, squares = sensor ~ '_n', sensor ~ '_sum', sensor ~ '_squares' %},
        case when {{ n }} >= {{ least_like_readings() }} then cast({{ total }} as double) / {{ n }} end as {{ sensor }}_mean,
        case
            when {{ n }} >= {{ least_like_readings() }}
                then sqrt(
                    cast({{ n }} * {{ squares }} - cast({{ total }} as {{ wide_integer() }}) * {{ total }} as double)
                    / (cast({{ n }} as double) * ({{ n }} - 1))
                )
        end as {{ sensor }}_spread
        {%- endfor %}
    from regime_sums

),

in_regimes as (

    select
        *,
        {{ regime_of_row() }} as regime,
        cast({{ int_div('bucket_end_us - ' ~ width, hours_us(24)) }} * {{ hours_us(24) }} as bigint) as midnight_us
    from {{ rows }}

),

placed as (

    select
        in_regimes.*
        {%- for sensor in compared_sensors() %},
        (cast(in_regimes.{{ sensor }} as double) / {{ coarse_step(sensor) }} - levels.{{ sensor }}_mean)
        / nullif(levels.{{ sensor }}_spread, 0) as {{ sensor }}_apart
        {%- endfor %}
    from in_regimes
    left join regime_levels as levels
        on
            in_regimes.regime = levels.regime
            and in_regimes.midnight_us = levels.midnight_us

),

compared as (

    select
        *
        {%- for sensor in compared_sensors() %},
        case
            when {{ sensor }}_apart is not null
                then cast(floor(1000000 * greatest(-1000000, least({{ sensor }}_apart, 1000000)) + 0.5) as bigint)
        end as {{ like_of(sensor) }}
        {%- endfor %}
    from placed

),
{%- endmacro %}
