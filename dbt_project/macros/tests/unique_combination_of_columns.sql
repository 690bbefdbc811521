{#- No two rows share the key, and no part of it is NULL: one pass where `unique` and `not_null` take two. The name and the
    argument are dbt_utils's. -#}
{% test unique_combination_of_columns(model, combination_of_columns) %}
{%- set key = combination_of_columns %}

select
    {{ key | join(', ') }},
    count(*) as rows_with_this_key
from {{ made_rows(model) }}
group by {{ key | join(', ') }}
having count(*) > 1{% for column in key %} or {{ column }} is null{% endfor %}

{% endtest %}
