{#- One row a broken rule, with how many rows break it: one pass over the table or query, however many rules. A condition that
    is NULL is kept. -#}
{% macro broken_rules(relation, rules) %}
{{ config(fail_calc='coalesce(sum(broken_rows), 0)') }}

with counted as (

    select
        {%- for condition in rules.values() %}
        count(*) filter (where not ({{ condition }})) as broken_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation if relation is string else made_rows(relation) }}

)

{% for rule in rules %}
select
    '{{ rule | replace("'", "''") }}' as rule,
    broken_{{ loop.index }} as broken_rows
from counted
where broken_{{ loop.index }} > 0
{{ 'union all' if not loop.last }}
{% endfor %}
{% endmacro %}
