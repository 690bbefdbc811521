{#- Both relations hold the same keys: nothing was lost on the way, nothing came from elsewhere. With `all_of: false` the
    model may lack some of them. -#}
{% test keys_match(model, to, columns, all_of=true) %}
{%- set key = columns | join(', ') %}

with surplus as (

    select {{ key }} from {{ made_rows(model) }}
    except
    select {{ key }} from {{ made_rows(to) }}

){% if all_of %},

missing as (

    select {{ key }} from {{ made_rows(to) }}
    except
    select {{ key }} from {{ made_rows(model) }}

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
