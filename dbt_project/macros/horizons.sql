{#- The horizons in hours, rising: those of the var horizons_hours, or else horizon_hours and 2, 3 and 7 times as long. The first
    decides labels and alerts. Python's are `Fleet.horizons`. -#}
{% macro horizons() -%}
    {%- set first = var('horizon_hours') -%}
    {{ return(var('horizons_hours') or [first, 2 * first, 3 * first, 7 * first]) }}
{%- endmacro %}

{#- The horizon of the labels and the alerts. Whoever asks the var horizon_hours instead overlooks the list. -#}
{% macro horizon_hours() -%}{{ return(horizons()[0]) }}{%- endmacro %}

{#- Hours up to which a remaining time is told. Python's is `Fleet.remaining_cap`. -#}
{% macro remaining_cap_hours() -%}{{ return(var('remaining_cap_hours') or horizons()[-1]) }}{%- endmacro %}

{#- The horizons beyond it. -#}
{% macro further_horizons() -%}{{ return(horizons()[1:]) }}{%- endmacro %}
