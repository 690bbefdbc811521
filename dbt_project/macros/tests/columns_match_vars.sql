{#- The relation has just the columns that the vars ask for: `fixed` (name: type), the features that `mart_features()` lists
    for the relation (all of them where it is the mart), and nothing beside them. Reads
    the catalogue only. -#}
{% test columns_match_vars(model, fixed, features_of=none) %}
{%- set problems = [] -%}
{%- if execute -%}
    {%- set expected = {} -%}
    {%- for name, type in fixed.items() %}{% do expected.update({name: [type]}) %}{% endfor -%}
    {%- for feature in mart_features() if features_of is none or feature.relation == features_of -%}
        {%- do expected.update({feature.name | trim: ['integer', 'float', 'double']}) -%}
    {%- endfor -%}
    {%- set found = {} -%}
    {%- for column in adapter.get_columns_in_relation(model) if column.name not in helper_columns() %}{% do found.update({column.name | lower: plain_type(column.dtype | lower)}) %}{% endfor -%}
    {%- for name, types in expected.items() -%}
        {%- if name | lower not in found -%}
            {%- do problems.append([name, 'missing']) -%}
        {%- elif found[name | lower] not in types -%}
            {%- do problems.append([name, 'is ' ~ found[name | lower] ~ ', not ' ~ types | join(' or ')]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set wanted = expected.keys() | map('lower') | list -%}
    {%- for name in found if name not in wanted -%}
        {%- do problems.append([name, 'surplus']) -%}
    {%- endfor -%}
{%- endif %}
{% for name, problem in problems %}
select
    '{{ name }}' as column_name,
    '{{ problem }}' as problem
{{ 'union all' if not loop.last }}
{% else %}
select
    '' as column_name,
    '' as problem
where false
{% endfor %}
{% endtest %}
