{#- The windows of which a gauge says how far their mean has moved from its own baseline in its own unit: as the shift, without its
    division by the baseline's spread. Of few readings that spread is a guess, and where all machines are alike the unit says more. -#}
{% macro moved_hours() -%}
    {#- Parsing comes before check_vars refuses what is no list. -#}
    {{ return(var('moved_hours') if var('moved_hours') is sequence and var('moved_hours') is not string else []) }}
{%- endmacro %}
