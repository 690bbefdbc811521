{#- Both relations hold the same keys: nothing was lost on the way, nothing came from elsewhere. With `all_of: false` the
    model may lack some of them. A build that has not made both anew looks at all of both. -#}
{% test keys_match(model, to, columns, all_of=true) %}
{%- set key = columns | join(', ') %}
{%- set are_made = made_since_us(model) is not none and made_since_us(to) is not none %}

with surplus as (

    select {{ key }} from {{ made_rows(model) if are_made else model }}
    except
    select {{ key }} from {{ made_rows(to) if are_made else to }}

){% if all_of %},

missing as (

    select {{ key }} from {{ made_rows(to) if are_made else to }}
    except
    select {{ key }} from {{ made_rows(model) if are_made else model }}

){% endif %}

select
    'surplus' as problem,
    surplus.*
from surplus
{% if all_of -%}
union all
select
    'missing' as problem,
    missing.*
from missing
{%- endif %}

{% endtest %}
