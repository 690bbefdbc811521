{%- set windows = var('windows_hours') | sort -%}
{%- set rules = {} -%}
{%- for subject in ['errors'] + (var('error_codes') | list) -%}
    {%- set counts = [] -%}
    {%- for hours in windows -%}
        {%- set shorter = feature_name(subject, 'count', windows[loop.index0 - 1]) if not loop.first else '0' -%}
        {%- do counts.append('coalesce(' ~ feature_name(subject, 'count', hours) ~ ', -1) >= ' ~ shorter) -%}
    {%- endfor -%}
    {%- do rules.update({subject ~ ' counts known, not negative, growing with the window': counts | join(' and ')}) -%}
{%- endfor -%}
{%- for code in var('error_codes') -%}
    {%- set since = feature_name(code, 'hours_since') -%}
    {%- do rules.update({code ~ ' hours since not negative': since ~ ' >= 0'}) -%}
    {%- set agree = [] -%}
    {%- for hours in windows -%}
        {%- do agree.append('(' ~ feature_name(code, 'count', hours) ~ ' > 0) = coalesce(' ~ since ~ ' < ' ~ hours ~ ', false)') -%}
    {%- endfor -%}
    {%- do rules.update({code ~ ' counted in a window just when the last one is in it': agree | join(' and ')}) -%}
{%- endfor -%}
{{ broken_rules(ref('error_features'), rules) }}
