{#- The one place that spells a feature: `<subject>_<stat>_<window>h`, or `<subject>_<stat>` where no window applies. -#}
{% macro feature_name(subject, stat, window_hours=none) -%}
    {{ subject }}_{{ stat }}{% if window_hours is not none %}_{{ window_hours }}h{% endif %}
{%- endmacro %}
