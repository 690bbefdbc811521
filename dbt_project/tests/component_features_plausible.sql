{%- set rules = {} -%}
{%- for component in var('components') -%}
    {%- do rules.update({
        component ~ ' replaced no later than the snapshot': feature_name(component, 'hours_since_replacement') ~ ' >= 0',
        component ~ ' failed no later than the snapshot': feature_name(component, 'hours_since_failure') ~ ' >= 0',
    }) -%}
{%- endfor -%}
{{ broken_rules(ref('component_features'), rules) }}
