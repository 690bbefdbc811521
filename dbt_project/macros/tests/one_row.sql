{#- The table has one row, whatever it says: what a fleet or a build knows of itself. -#}
{% test one_row(model) %}

select count(*) as rows_found
from {{ model }}
having count(*) != 1

{% endtest %}
