{#- dbt asks this for every growing model. Where no build has finished, all history is made: anew, and not over tables that a
    build under other vars has left behind when it was cut off. -#}
{% macro should_full_refresh() -%}
    {%- if config.get('full_refresh') is not none -%}{{ return(config.get('full_refresh')) }}{%- endif -%}
    {%- if flags.FULL_REFRESH or config.get('materialized') != 'incremental' -%}{{ return(flags.FULL_REFRESH) }}{%- endif -%}
    {{ return(asked_once('select count(*) from ' ~ source('state', 'finished_builds')) == 0) }}
{%- endmacro %}
