{#- One row a broken rule, with how many rows of a table or query break it. Each column is read once, however many rules; some
    rules are counted together, so that a fleet of hundreds of codes is no table of thousands of columns that each rule reads
    again. A condition that is NULL is kept. -#}
{% macro broken_rules(relation, rules) %}
{{ config(fail_calc='coalesce(sum(broken_rows), 0)') }}
{%- set batches = rules.items() | batch(25) | list %}

with
{% for batch in batches %}
counted_{{ loop.index }} as (

    select
        {%- for rule, condition in batch %}
        count(*) filter (where not ({{ condition }})) as broken_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation if relation is string else made_rows(relation) }}

){{ ',' if not loop.last }}
{% endfor %}

{% for batch in batches %}
{%- set counted = 'counted_' ~ loop.index %}
{%- set is_last = loop.last %}
{%- for rule, condition in batch %}
select
    '{{ rule | replace("'", "''") }}' as rule,
    broken_{{ loop.index }} as broken_rows
from {{ counted }}
where broken_{{ loop.index }} > 0
{{ 'union all' if not (is_last and loop.last) }}
{% endfor %}
{%- endfor %}
{% endmacro %}
