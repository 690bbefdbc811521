{#- Every event of a raw feed since where the build began stands in staging. `keys` maps raw columns to staged ones. Rows
    that came later than a night restates are another matter: see the test rows_too_late_to_restate. -#}
{% test no_raw_row_lost(model, feed, keys) %}
{%- set names = {'errorID': 'error_codes', 'comp': 'components', 'failure': 'components'} %}

select raw.*
from {{ source('raw', feed) }} as raw
left join {{ made_rows(model) if clock_of(model) == keys.datetime else model }} as staged
    on
        {%- for raw_column, column in keys.items() %}
        {{ identifier_of('raw.' ~ raw_column, names[raw_column]) if raw_column in names else 'raw.' ~ raw_column }} = staged.{{ column }}{{ ' and' if not loop.last }}
        {%- endfor %}
where
    staged.{{ keys.values() | first }} is null
    and {{ us('raw.datetime') }} >= coalesce((select from_us from {{ ref('build_window') }}), 0)

{% endtest %}
