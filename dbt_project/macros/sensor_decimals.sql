{#- How many decimals of a sensor's readings are kept: its own `decimals`, or as many of `sensor_decimals` as leave its range
    within 1e15 steps, which a double holds exactly. `settings.Fleet.decimals` says the same. -#}
{% macro sensor_decimals(sensor) -%}
    {%- set known = var('sensors')[sensor] -%}
    {%- set ns = namespace(decimals=known.get('decimals')) -%}
    {%- if ns.decimals is none -%}
        {%- set ns.decimals, reach = var('sensor_decimals'), sensor_reach(sensor) -%}
        {%- for _ in range(var('sensor_decimals')) if reach * 10 ** ns.decimals > 10 ** 15 -%}
            {%- set ns.decimals = ns.decimals - 1 -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ns.decimals) }}
{%- endmacro %}

{#- The largest plausible reading whatever its sign. -#}
{% macro sensor_reach(sensor) -%}
    {%- set known = var('sensors')[sensor] -%}
    {{ return([known.min | abs, known.max | abs] | max) }}
{%- endmacro %}

{#- The most steps of a reading that staging keeps: 1e14, of which a hundred thousand readings can be summed, squared and
    compared exactly; more, up to 1e15 and ten thousand readings, where the sensor's range says so. -#}
{% macro most_steps(sensor) -%}
    {{ return([10 ** 14, sensor_reach(sensor) * steps_per_unit(sensor)] | max) }}
{%- endmacro %}

{#- A plausible reading in fixed point; NULL where it is NaN, which took an earlier one back, and where `if_so`, an SQL
    condition, does not hold. -#}
{% macro fixed_point(sensor, if_so=none) -%}
    cast(case when not isnan({{ sensor }}){{ ' and ' ~ if_so if if_so }} then {{ sensor }} end as {{ reading_type(sensor) }})
{%- endmacro %}

{% macro reading_type(sensor) -%}
    {{ return('decimal(18,' ~ sensor_decimals(sensor) ~ ')') }}
{%- endmacro %}
