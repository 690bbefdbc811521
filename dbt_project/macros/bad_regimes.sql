{#- Of `bad_vars`: bins that are none, of sensors that have none, or too many of them. -#}
{% macro bad_regimes(problems) -%}
    {%- set regimes = var('regimes') -%}
    {%- if regimes is not mapping -%}
        {%- do problems.append('regimes = ' ~ regimes ~ ' must map sensors to the edges of their bins, such as {load: [25, 50]}.') -%}
    {%- else -%}
        {%- set number = namespace(of_all=1) -%}
        {%- for name, edges in regimes.items() -%}
            {%- set sensor = var('sensors').get(name) if var('sensors') is mapping else none -%}
            {%- if sensor is not mapping or sensor.get('kind') == 'counter' or sensor.get('on_change_hours') -%}
                {%- do problems.append('regimes: ' ~ name ~ ' must be a sensor with a level in every row: in vars.sensors, no counter, and without on_change_hours.') -%}
            {%- elif edges is string or edges is mapping or edges is not iterable or not edges or edges | reject('number') | list or edges | select('boolean') | list or edges | list != edges | unique | sort -%}
                {%- do problems.append('regimes: ' ~ name ~ ' = ' ~ edges ~ ' must be a list of rising numbers written in full, the edges of its bins.') -%}
            {%- else -%}
                {%- set number.of_all = number.of_all * (edges | length + 1) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if number.of_all > 256 -%}
            {%- do problems.append('regimes makes ' ~ number.of_all ~ ' regimes, at most 256 are of use: name fewer sensors or edges.') -%}
        {%- endif -%}
        {%- for name in var('sensors') if regimes and var('sensors') is mapping and (name ~ '_like') in var('sensors') -%}
            {%- do problems.append("sensor '" ~ name ~ "_like' is what regimes makes of " ~ name ~ ': call that sensor otherwise.') -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
